"""Hooks: pluggy around the contract, one manager per module and one per extension point.

pluggy alone ends a whole call when one implementation raises and does not say whose it was. So implementations are
called one by one, module by module, and a failure is always that of one named module.
"""

from .extension_points import ExtensionPoints
from .module_hooks import HookFailed, ModuleHooks

__all__ = ["ExtensionPoints", "HookFailed", "ModuleHooks"]
