"""The hooks of one module: its own implementations before those of the standard layout."""

from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, unwrap
from typing import Any, Final

import pluggy
from hub_hookspecs import hooks as specifications
from hub_hookspecs.markers import PROJECT

from ..containment import is_contained
from ..errors import HubError

_ASYNC: Final = {
    "hub_health": (iscoroutinefunction, "async function"),
    "hub_lifespan": (isasyncgenfunction, "async function with one yield"),
}


_IN_TRANSACTIONS: Final = (
    "hub_before_install",
    "hub_after_install",
    "hub_before_upgrade",
    "hub_after_upgrade",
    "hub_enabled",
    "hub_disabled",
)
"""Called in a transaction that cannot wait for anything: a coroutine would never run."""


class HookFailed(HubError):
    """A module's hook raised, or does not fit its specification."""

    code = "hook_failed"

    def __init__(self, module: str, hook: str, cause: BaseException) -> None:
        super().__init__(
            f"{module}: {hook} failed",
            cause=f"{type(cause).__name__}: {cause}",
            remedy=f"Correct {hook} in {module}, or install a release that works",
        )
        self.module, self.hook = module, hook


class ModuleHooks:
    """The pluggy manager of one module.

    ``plugin`` is what the module's entry point names; ``layout`` answers from the module's folders.
    """

    def __init__(self, module: str, plugin: object, layout: object) -> None:
        self.module, self.plugin, self._layout = module, plugin, layout
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(specifications)
        self._manager.register(layout, name="standard layout")
        try:
            self._manager.register(plugin, name=module)
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise HookFailed(module, "hook registration", error) from error
        self._refuse_blocking()
        self._refuse_waiting()

    @property
    def implemented(self) -> tuple[str, ...]:
        """The hooks the module implements itself, by name; what its folders answer is not among them."""
        return tuple(sorted(caller.name for caller in self._manager.get_hookcallers(self.plugin) or ()))

    def ask(self, hook: str, **arguments: Any) -> Any:
        """Call one hook of this module: its explicit implementation, else the layout's, else ``None``.

        For an ``async`` hook the answer is its coroutine or generator, not yet started.

        :raises HookFailed: naming module and hook, with the module's own exception as its cause.
        """
        try:
            return self.call(hook, **arguments)
        except BaseException as error:
            if not is_contained(error):
                raise
            raise HookFailed(self.module, hook, error) from error

    def call(self, hook: str, **arguments: Any) -> Any:
        """As :meth:`ask`, and what the module raises is raised as it is, for whoever has to see what that was."""
        found = self._implementation(hook)
        return None if found is None else found.function(*(arguments[name] for name in found.argnames))

    def _refuse_blocking(self) -> None:
        """What is called on the event loop must be able to wait there; a plain function could only hold it."""
        for hook, (is_async, kind) in _ASYNC.items():
            found = self._implementation(hook)
            if found is not None and not is_async(unwrap(found.function)):
                raise HookFailed(self.module, hook, TypeError(f"{hook} is not an {kind}"))

    def _refuse_waiting(self) -> None:
        for hook in _IN_TRANSACTIONS:
            found = self._implementation(hook)
            function: Any = unwrap(found.function) if found is not None else None
            if iscoroutinefunction(function) or isasyncgenfunction(function) or isgeneratorfunction(function):
                raise HookFailed(self.module, hook, TypeError(f"{hook} is not a plain function"))

    def _implementation(self, hook: str) -> pluggy.HookImpl | None:
        found: list[pluggy.HookImpl] = getattr(self._manager.hook, hook).get_hookimpls()
        explicit = [each for each in found if each.plugin is not self._layout]
        return next(iter(reversed(explicit or found)), None)
