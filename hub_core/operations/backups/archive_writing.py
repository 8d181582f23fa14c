"""Write an archive: of which modules, from one moment of the database, and what the file says of itself."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from importlib_metadata import version
from sqlalchemy import Connection

from ...catalog import Catalog
from ...database import (
    BackupContent,
    DatabaseUrl,
    ModuleContent,
    PostgresqlTables,
    TableContent,
    TableOwners,
    TableRows,
    write_portable,
)
from ...planning import ModuleState, RecordedModule
from ...registry import CORE_PREFIX, CORE_REVISION, recorded
from ..owning import table_owners
from .writing import data_tables, module_content, seeds_of, snapshot, tables_at

WHOLE: Final = "hub"
"""The module that stands for all: an archive of it has the registry and every recorded module."""
SEVERAL: Final = "modules"
"""What an archive of some modules is called after."""
EVERY_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiving:
    """How far an archive is: the ``number``-th of ``total`` tables, with so many ``rows`` of it."""

    table: str
    number: int
    total: int
    rows: int = 0


OnArchiving = Callable[[Archiving], None]


def core_row() -> RecordedModule:
    """The hub's own tables as if they were recorded."""
    return RecordedModule(
        name=WHOLE,
        distribution="hub-core",
        version=version("hub-core"),
        hash="",
        state=ModuleState.ENABLED,
        revision=CORE_REVISION,
        table_prefix=CORE_PREFIX,
        placement="shared",
    )


def write_archive_of(
    url: DatabaseUrl,
    part: Path,
    names: Sequence[str],
    catalog: Catalog,
    *,
    keys: Sequence[bytes],
    on_archiving: OnArchiving = lambda archiving: None,
) -> BackupContent:
    """Write the archive of some modules, or of the whole hub (:data:`WHOLE`), into the empty file ``part``.

    :raises OSError: :class:`sqlite3.Error` or :class:`~sqlalchemy.exc.SQLAlchemyError` for whatever is in the way.
    """
    with snapshot(url) as connection:
        rows = recorded(connection)
        owners = table_owners(connection, catalog, rows)
        chosen = [core_row(), *rows.values()] if WHOLE in names else [rows[name] for name in names]
        archived = [_Module(connection, row, owners) for row in chosen]
        tables = [(each, name) for each in archived for name in each.columns]

        def written() -> Iterator[TableRows]:
            for number, (each, name) in enumerate(tables, 1):
                yield each.rows(name, lambda rows, name=name, number=number: on_archiving(  # type: ignore[misc]
                    Archiving(table=name, number=number, total=len(tables), rows=rows)
                ))  # fmt: skip

        def describe(contents: Sequence[tuple[str, TableContent]]) -> BackupContent:
            return BackupContent(
                kind=url.kind,
                made_for=_made_for(names),
                hub_version=version("hub-core"),
                at=at,
                modules={each.row.name: each.content(contents) for each in archived},
                is_archive=True,
            )

        at = datetime.now(UTC)
        return write_portable(part, _made_for(names), written(), describe, keys=keys)


def _made_for(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ""


class _Module:
    """One module in the snapshot."""

    def __init__(self, connection: Connection, row: RecordedModule, owners: TableOwners) -> None:
        self._connection, self.row, self._owners = connection, row, owners
        self._tables = tables_at(connection, row)
        names = data_tables(row, owners, self._tables.names())
        self.columns = {name: self._tables.columns(name) for name in names}

    def rows(self, name: str, tell: Callable[[int], None]) -> TableRows:
        """A table to be written."""
        columns = self.columns[name]
        types = self._tables.types(name, columns)
        return TableRows(
            module=self.row.name,
            name=name,
            columns=columns,
            types=types,
            lines=_told(self._tables.lines(name, columns, types), tell),
        )

    def content(self, contents: Sequence[tuple[str, TableContent]]) -> ModuleContent:
        """What the archive says of the module."""
        if isinstance(self._tables, PostgresqlTables):
            sequences = self._tables.sequences(self.columns, lambda name: self._owners.owner(name) == self.row.name)
        else:
            sequences = self._tables.sequences(self.columns)
        own = [content for module, content in contents if module == self.row.name]
        kept = seeds_of(self._connection, self.row.name)
        return module_content(self.row, own, sequences, kept, self._tables.counters(self.columns))


@contextmanager
def _told(lines: Any, tell: Callable[[int], None]) -> Iterator[Iterable[bytes]]:
    def counted(rows: Iterable[bytes]) -> Iterator[bytes]:
        tell(0)
        done = told = 0
        for some in rows:
            yield some
            done += some.count(b"\n")
            if done - told >= EVERY_ROWS:
                told = done
                tell(done)

    with lines as rows:
        yield counted(rows)
