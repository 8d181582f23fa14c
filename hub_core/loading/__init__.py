"""Loading: import a module, ask its hooks, and hold the answers against the contract before anything is served.

``load`` does it in this process, for modules that shall serve; ``probe_modules`` in another, for what nobody has seen yet.
"""

from .changed_process import ChangedProcess
from .configuration import SettingsOfModuleInvalid, module_settings
from .description import Described, DescribedRoute, DescribedSetting, Description, Surface, described
from .fragment import OpenApiFragment, openapi_fragment
from .limited_load import load_within
from .loaded_module import LoadedModule, ModuleFailed, load, refuse_unknown_targets
from .probe import ProbeUnavailable, probe_modules
from .probe_in_process import probe_here
from .probe_user import ProbeUser, user_of_probe
from .probed import Limits, Probed, ProbeKind
from .route_copies import PROBLEM_MEDIA_TYPE, route_copy
from .routes import FlatRoute, RouteNotGuarded, flat_routes
from .watched_steps import WatchedSteps, take_as_it_is

__all__ = [
    "PROBLEM_MEDIA_TYPE",
    "ChangedProcess",
    "Described",
    "DescribedRoute",
    "DescribedSetting",
    "Description",
    "FlatRoute",
    "Limits",
    "LoadedModule",
    "ModuleFailed",
    "OpenApiFragment",
    "ProbeKind",
    "ProbeUnavailable",
    "ProbeUser",
    "Probed",
    "RouteNotGuarded",
    "SettingsOfModuleInvalid",
    "Surface",
    "WatchedSteps",
    "described",
    "flat_routes",
    "load",
    "load_within",
    "module_settings",
    "openapi_fragment",
    "probe_here",
    "probe_modules",
    "refuse_unknown_targets",
    "route_copy",
    "take_as_it_is",
    "user_of_probe",
]
