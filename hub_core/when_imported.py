"""Do something as soon as a library is imported, whoever imports it: a library nobody uses costs no start then.

Some libraries take a tenth of a start to import, and the hub has something to say about them only where a module uses
them too. The import statement is the one place that sees that, so a finder stands before those of Python.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


def when_imported(name: str, call: Callable[[], None]) -> None:
    """Run ``call`` when the library ``name`` has been imported and before whoever imports it goes on; now, if it is there.

    What ``call`` raises, the import raises.
    """
    if getattr(sys.modules.get(name), "__spec__", None) is not None:
        call()
        return
    finder = next((each for each in sys.meta_path if isinstance(each, _Telling)), None)
    if finder is None:
        finder = _Telling()
        sys.meta_path.insert(0, finder)
    finder.calls.setdefault(name, []).append(call)


class _Telling:
    """Finds nothing itself: it asks the others, and has the loader they found tell of its end."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Callable[[], None]]] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What another finder says, for a library that is waited for."""
        if name not in self.calls:
            return None
        for finder in sys.meta_path:
            find = (
                None if finder is self else getattr(finder, "find_spec", None)
            )  # Python bears old ones that have none
            if find is not None and (spec := find(name, path, target)) is not None:
                if spec.loader is not None:
                    self._tell(name, spec.loader)
                return spec  # type: ignore[no-any-return]
        return None

    def _tell(self, name: str, loader: Any) -> None:
        execute = loader.exec_module  # of this one loader, which stays what it is for who asks it for data

        def told(module: ModuleType) -> None:
            execute(module)
            for call in self.calls.pop(name, ()):
                call()

        loader.exec_module = told
