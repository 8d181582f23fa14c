"""Put rows of an archive into tables, on whichever database, and hold them against it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ...errors import HubError
from ..backup_content import ModuleContent, TableContent
from ..driver_text import plain_text
from .json_rows import Row, rows_of
from .portable_values import Convert, conversions
from .refused_row import refused_row

if TYPE_CHECKING:
    from ..postgresql_tables import PostgresqlTables
    from ..sqlite_tables import SqliteTables


class ValueNotPortable(HubError):
    """A value that one database keeps has no counterpart in the other; nothing of the archive was restored.

    ``column`` is empty where the other database refuses a whole row.
    """

    code = "value_not_portable"

    def __init__(self, table: str, column: str, row: int, why: str) -> None:
        super().__init__(
            f"{table}{column and '.'}{column} in row {row:,} cannot be kept in this database",
            cause=why,
            remedy="Restore the archive on the kind of database it was made on, or change the value there and archive it again",
        )
        self.table, self.column, self.row = table, column, row


class Filling:
    """The tables of one module, which are empty, being filled from pieces that come table by table."""

    def __init__(self, tables: "SqliteTables | PostgresqlTables", kind: str, module: ModuleContent, here: str) -> None:
        self._tables, self._kind, self._is_same = tables, kind, kind == here
        self._module = {table.name: table for table in module.tables}
        self._content = module
        self._at: str | None = None
        self._row = 0
        self._copying = ExitStack()
        self._write: Callable[[Iterable[Row]], object] = len  # type: ignore[assignment]
        self._converts: Sequence[tuple[str, Convert]] = ()

    def take(self, name: str, piece: bytes) -> None:
        """Insert the rows of a piece.

        :raises ValueNotPortable: naming table, column and row. What PostgreSQL refuses is told when the next table begins.
        """
        table = self._module[name]
        if name != self._at:
            self._begin(table)
        rows: Any = rows_of(piece)
        self._write(rows if self._is_same else self._converted(table, rows))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """When all pieces were taken: let the tables count on from where they were.

        :raises ValueNotPortable: as :meth:`take`, for the last table.
        """
        with self._told():
            self._copying.__exit__(kind, error, traceback)  # a COPY that was cut off has to be told so
        if error is not None:
            return
        if self._is_same:
            self._tables.set_sequences(self._content.sequences)
        else:
            self._tables.set_counters(self._content.counters, self._module)

    def differing(self) -> Iterator[tuple[TableContent, TableContent]]:
        """Each table that does not hold what the archive does, and what it does hold; across databases only rows are counted."""
        for table in self._content.tables:
            if self._is_same:
                now = self._tables.lines_content(table.name, table.columns)
                is_so = (now.rows, now.sha256) == (table.rows, table.sha256)
            else:
                now = TableContent(name=table.name, columns=(), rows=self._tables.count(table.name), sha256="")
                is_so = now.rows == table.rows
            if not is_so:
                yield table, now

    def _begin(self, table: TableContent) -> None:
        with self._told():
            self._copying.close()
        self._at, self._row = table.name, 0
        if not self._is_same:
            types = self._tables.types(table.name, table.columns)
            self._converts = list(zip(table.columns, conversions(self._kind, table.types, types), strict=True))
        self._write = self._copying.enter_context(self._tables.writing(table.name, table.columns))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Name the row that PostgreSQL refused; it says so when a COPY ends, as it knows lengths, ranges and constraints itself."""
        try:
            yield
        except Exception as error:
            table = self._module.get(self._at or "")
            refused = refused_row(error, table.name, table.columns) if table and not self._is_same else None
            if table is None or refused is None:
                raise
            row, column = refused
            raise ValueNotPortable(table.name, column, row, plain_text(error)) from error

    def _converted(self, table: TableContent, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self._row += 1
            try:
                yield [
                    None if value is None else convert(value)
                    for value, (_, convert) in zip(row, self._converts, strict=True)
                ]
            except (ValueError, ArithmeticError, OverflowError) as error:
                raise ValueNotPortable(table.name, self._culprit(row), self._row, str(error)) from error

    def _culprit(self, row: Row) -> str:
        for value, (column, convert) in zip(row, self._converts, strict=False):
            try:
                value is None or convert(value)
            except (ValueError, ArithmeticError):
                return column
        return "?"
