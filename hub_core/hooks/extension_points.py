"""Extension points: for each one published, a pluggy project of its own, with its own specification."""

import logging
from collections.abc import Iterable
from typing import Any

import pluggy
from hub_hookspecs import Contribution

from ..containment import is_contained
from .module_hooks import HookFailed

log = logging.getLogger(__name__)


class ExtensionPoints:
    """All extension points of one generation of modules.

    :param order: the modules in load order, in which contributions are told whenever they came up.
    """

    def __init__(self, order: Iterable[str] = ()) -> None:
        self._order = {name: number for number, name in enumerate(order)}
        self._managers: dict[str, pluggy.PluginManager] = {}

    def publish(self, module: str, point: str, specification: type) -> None:
        """Open ``point`` with the hooks that ``specification`` declares; one that is open stays as it is.

        :raises HookFailed: when the class declares none.
        """
        if point in self._managers:
            return
        manager = pluggy.PluginManager(point)
        try:
            manager.add_hookspecs(specification)
        except ValueError as error:
            raise HookFailed(module, "hub_extension_points", error) from error
        self._managers[point] = manager

    def implement(self, module: str, point: str, plugin: object) -> None:
        """Register what ``module`` contributes to ``point``; nothing happens when nobody publishes it.

        :raises HookFailed: when an implementation does not fit, or the point has no such hook.
        """
        manager = self._managers.get(point)
        if manager is None:
            return
        try:
            manager.register(plugin, name=module)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            if manager.has_plugin(module):
                manager.unregister(name=module)
            raise HookFailed(module, f"extension point {point}", error) from error

    def withdraw(self, module: str) -> None:
        """Forget what ``module`` contributes, because it did not start."""
        for manager in self._managers.values():
            if manager.has_plugin(module):
                manager.unregister(name=module)

    def contributions(self, point: str, hook: str, **arguments: Any) -> tuple[Contribution, ...]:
        """Ask every implementation of ``hook``, in load order; one that raises is left out."""
        manager = self._managers.get(point)
        if manager is None:
            return ()
        answers = []
        implementations = getattr(manager.hook, hook).get_hookimpls()
        for found in sorted(implementations, key=lambda each: self._order.get(each.plugin_name, 0)):
            try:
                value = found.function(*(arguments[name] for name in found.argnames))
            except BaseException as error:
                if not is_contained(error):
                    raise
                log.exception("%s: its contribution to %s is left out", found.plugin_name, point)
                continue
            answers.append(Contribution(module=found.plugin_name, value=value))
        return tuple(answers)
