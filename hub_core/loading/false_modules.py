"""See what a module put into ``sys.modules`` under the name of another: whoever imports that one later gets this.

What really was imported says where it is from. A module may put names there that nobody else could import.
"""

import sys
from collections.abc import Collection, Iterator
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any


class FalseModules:
    """What is in ``sys.modules`` when it is made; :meth:`changes` says what is there since and is not what it seems.

    :param packages: those of the modules of the hub.
    """

    def __init__(self, packages: Collection[str] = ()) -> None:
        self._packages = frozenset(packages)
        self.take_all()

    def take_all(self) -> None:
        """Take what is there by now as how it was."""
        self._last = next(reversed(sys.modules))

    def changes(self) -> Iterator[str]:
        """Each as a few words."""
        for name in self._new():
            if self._is_false(name, sys.modules[name]):
                yield f"puts something else in the place of {name} in sys.modules"

    def _new(self) -> list[str]:
        """The newest are at the end, so that the old ones, which are many, need not be looked at."""
        found: list[str] = []
        for name in reversed(sys.modules):
            if name == self._last:
                break
            found.append(name)
        return found[::-1]

    def _is_false(self, name: str, found: Any) -> bool:
        root = name.partition(".")[0]
        if root != name:  # of a package that was imported all may be of its own making
            return root in self._packages and root not in sys.modules
        spec = getattr(found, "__spec__", None)
        if not isinstance(spec, ModuleSpec):
            is_made = root in self._packages or (type(found) is ModuleType and not hasattr(found, "__file__"))
            return is_made and found is not None and PathFinder.find_spec(name) is not None
        if spec.has_location or (spec.loader is not None and root not in self._packages):
            return False  # something has loaded it
        real = PathFinder.find_spec(name)
        return real is not None and real.origin is not None
