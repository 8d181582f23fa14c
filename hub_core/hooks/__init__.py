"""Hooks: pluggy around the contract, one manager per module and one per extension point.

pluggy alone ends a whole call when one implementation raises and does not say whose it was. So implementations are
called one by one, module by module, and a failure is always that of one named module.
"""

from .daemon_thread import Escaped, in_daemon_thread
from .extension_points import ExtensionPoints
from .module_hooks import HookFailed, ModuleHooks
from .time_limit import limited

__all__ = ["Escaped", "ExtensionPoints", "HookFailed", "ModuleHooks", "in_daemon_thread", "limited"]
