"""Loading: import a module, ask its hooks, and hold the answers against the contract before anything is served.

``load`` does it in this process, for modules that shall serve; ``probe_modules`` in another, for what nobody has seen yet.
"""

from .description import DescribedRoute, Description
from .loaded_module import LoadedModule, ModuleFailed, load
from .probe import ProbeUnavailable, probe_modules
from .probed import Limits, Probed, ProbeKind
from .routes import FlatRoute, RouteNotGuarded, flat_routes

__all__ = [
    "DescribedRoute",
    "Description",
    "FlatRoute",
    "Limits",
    "LoadedModule",
    "ModuleFailed",
    "ProbeKind",
    "ProbeUnavailable",
    "Probed",
    "RouteNotGuarded",
    "flat_routes",
    "load",
    "probe_modules",
]
