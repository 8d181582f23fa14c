"""Runtime: the modules that live in this process, from start to stop."""

from .background_call import BackgroundCall, RunningContext
from .hub import Hub
from .live_module import LiveModule
from .module_health import HealthReport, ModuleHealth

__all__ = ["BackgroundCall", "HealthReport", "Hub", "LiveModule", "ModuleHealth", "RunningContext"]
