"""Make the tables of all modules of an archive anew and fill them, in one transaction and one passage through the file."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, text

from ...database import BackupContent, Filling, ModuleContent, TableOwners
from ...migrations import MigrationSource, advance_core, make_core, rebuild
from ...planning import RecordedModule
from .archive_writing import WHOLE, core_row
from .reading import compare, verify
from .writing import data_tables, tables_at


class Refilling:
    """Takes the pieces of an archive. A module begins with its first piece, or when one behind it does; then those before are done.

    :param sources: the revisions of each module that has tables; of the hub its own.
    :param owners: asked when the hub's own tables are as they will be.
    """

    def __init__(
        self,
        connection: Connection,
        content: BackupContent,
        rows: Mapping[str, RecordedModule],
        sources: Mapping[str, MigrationSource],
        owners: Callable[[], TableOwners],
    ) -> None:
        self._connection, self._content, self._owners = connection, content, owners
        self._rows, self._sources = rows, sources
        self._waiting = [name for name in content.modules if name == WHOLE or name in sources]
        self._at: str | None = None
        self._open = ExitStack()
        self._filling: Filling | None = None
        self._place = connection.scalar(text(_PLACE)) if connection.dialect.name == "postgresql" else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Make and verify what is left; after an error, nothing."""
        if error is not None:
            self._open.__exit__(kind, error, traceback)
            return
        while self._waiting:
            self._begin(self._waiting[0])
        self._end()

    def take(self, module: str, table: str, piece: bytes) -> None:
        """Insert some rows, in the order of the archive; those of modules that are not restored are passed over."""
        if module != self._at and module in self._waiting:
            while self._at != module:
                self._begin(self._waiting[0])
        if self._filling is not None and module == self._at:
            self._filling.take(table, piece)

    def _begin(self, name: str) -> None:
        self._end()
        self._waiting.remove(name)
        self._at, module = name, self._content.modules[name]
        if name == WHOLE:
            make_core(self._connection, str(module.revision))
            row, present = core_row(), [table.name for table in module.tables]
        else:
            row, owners = self._rows[name], self._owners()
            at, source = str(module.revision), self._sources[name]
            rebuild(self._connection, source, owners, target=at, clear=_nothing, among_others=True)
            present = data_tables(row, owners, tables_at(self._connection, row).names())
        self._fill(module, row, present)

    def _fill(self, module: ModuleContent, row: RecordedModule, present: Iterable[str]) -> None:
        tables, names = tables_at(self._connection, row), list(present)
        compare(tables, module, names)
        self._open = ExitStack()
        self._open.enter_context(tables.filling(names))
        filling = Filling(tables, self._content.kind, module, self._connection.dialect.name)
        self._filling = self._open.enter_context(filling)

    def _end(self) -> None:
        if self._filling is None:
            return
        self._open.close()
        verify(self._filling)
        self._filling = None
        if self._at == WHOLE:
            advance_core(self._connection, str(self._content.modules[WHOLE].revision))
        if self._place is not None:  # the next module has its tables elsewhere
            self._connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": self._place})


_PLACE = "SELECT current_setting('search_path')"


def _nothing() -> None:
    """All tables are gone already."""
