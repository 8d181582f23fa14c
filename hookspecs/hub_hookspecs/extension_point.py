"""Extension points: places where modules plug into a module, each a pluggy project of its own."""

from pluggy import HookimplMarker, HookspecMarker


class ExtensionPoint:
    """One extension point, defined in the ``interface.py`` of the module that publishes it.

    ``hookspec`` marks the functions of its specification, ``hookimpl`` the functions of modules that
    implement it. The name is the one in the manifest's ``[extension_points]``, where its version stands too.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.hookspec = HookspecMarker(name)
        self.hookimpl = HookimplMarker(name)

    def __repr__(self) -> str:
        return f"ExtensionPoint({self.name!r})"
