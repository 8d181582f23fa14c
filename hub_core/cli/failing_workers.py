"""Which modules are down in which worker: one that recovers in one of them has not recovered as long as another has it down."""

import mmap
from collections.abc import Collection

from ..planning import Failure
from ..runtime import OnChange


class FailingWorkers:
    """A table of workers and modules in memory that all of them share; each worker writes its own row.

    :param modules: all that any worker may serve.
    """

    def __init__(self, count: int, modules: Collection[str]) -> None:
        self._count, self._columns = count, {name: number for number, name in enumerate(modules)}
        self._cells = mmap.mmap(-1, max(1, count * len(self._columns)))

    def told(self, number: int, on_change: OnChange) -> OnChange:
        """``on_change`` for the worker of this number: told of a recovery when it is one in all of them."""

        def changed(module: str, failure: Failure | None) -> None:
            self._set(number, module, failure is not None)
            if failure is not None or not self._is_down(module):
                on_change(module, failure)

        return changed

    def left(self, number: int) -> list[str]:
        """What was down in the worker of this number that is gone."""
        return [name for name in self._columns if self._cells[self._cell(number, name)]]

    def _set(self, number: int, module: str, is_down: bool) -> None:
        if module in self._columns:
            self._cells[self._cell(number, module)] = is_down

    def _is_down(self, module: str) -> bool:
        return module in self._columns and any(self._cells[self._cell(each, module)] for each in range(self._count))

    def _cell(self, number: int, module: str) -> int:
        return number * len(self._columns) + self._columns[module]
