"""Runtime: the modules that live in this process, from start to stop."""

from .acting import OwnedTask, last
from .background_call import BackgroundCall, RunningContext
from .first_use import ModuleStarting
from .hub import Hub, OnChange
from .live_module import LiveModule
from .loop_watch import CORE
from .meter import BUCKETS, Meter
from .module_health import HealthReport, ModuleHealth
from .preloading import preloaded
from .verification import verified

__all__ = [
    "BUCKETS",
    "CORE",
    "BackgroundCall",
    "HealthReport",
    "Hub",
    "LiveModule",
    "Meter",
    "ModuleHealth",
    "ModuleStarting",
    "OnChange",
    "OwnedTask",
    "RunningContext",
    "last",
    "preloaded",
    "verified",
]
