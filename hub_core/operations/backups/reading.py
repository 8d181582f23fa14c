"""Read a backup back: what it is, and its rows into the tables that were made anew for them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from ...database import (
    BackupContent,
    BackupUnreadable,
    Filling,
    ModuleContent,
    PostgresqlTables,
    SqliteTables,
    TableContent,
    open_regular,
    open_sqlite_backup,
    read_archive,
    read_portable,
    read_start,
)

_SQLITE: Final = b"SQLite"
_ATTACHED: Final = "hub_restored"

Fill = Callable[[SqliteTables | PostgresqlTables, ModuleContent, Sequence[str]], None]
"""Given the tables, what shall be in them, and the names of those that are there."""


class TablesDiffer(Exception):
    """The tables that were made are not those that were backed up; told as the cause of a failed restore."""


class RowsOrphaned(Exception):
    """Rows would refer to rows that are not there; told as the cause of a failed restore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A module in a backup; ``archived_on`` is the kind of database of one in an archive."""

    path: Path
    content: ModuleContent
    archived_on: str | None = None
    keys: Sequence[bytes] = ()


def read_backup(path: Path, keys: Sequence[bytes] = (), *, with_rows: bool = False) -> BackupContent:
    """Read the whole of a backup, recovery point or archive, and what it says of itself.

    :param keys: for an archive that is encrypted.
    :param with_rows: hold the rows of an SQLite file against that too, not only its pages.
    :raises BackupUnreadable: naming what is wrong.
    :raises BackupKeyWrong: when none of ``keys`` is that of an archive.
    """
    try:
        with open_regular(path) as file:
            start = file.read(len(_SQLITE))
    except OSError as error:
        raise BackupUnreadable(path, error.strerror or str(error)) from error
    if start != _SQLITE:
        return read_portable(path, keys) if read_start(path, keys) else read_archive(path)
    connection, content = open_sqlite_backup(path)
    with closing(connection):
        tables = SqliteTables(connection)
        for module in content.modules.values() if with_rows else ():
            for table in module.tables:
                if tables.content(table.name, table.columns) != table:
                    raise BackupUnreadable(path, f"it is damaged: the rows of {table.name} are not those written")
    return content


def in_backup(path: Path, content: BackupContent, module: str, keys: Sequence[bytes] = ()) -> Kept:
    """One module of a backup that was read."""
    kind = content.kind if content.is_archive else None
    return Kept(path=path, content=content.modules[module], archived_on=kind, keys=keys)


@contextmanager
def filled(connection: Connection, backup: Kept) -> Iterator[Fill]:
    """Yield what fills tables from ``backup``, inside the transaction that is begun during the block.

    An SQLite file is attached: it gives its rows as they are, whatever is in them.
    """
    path = backup.path
    if backup.archived_on is not None:
        yield partial(_fill_from_portable, backup, backup.archived_on, connection.dialect.name)
        return
    if connection.dialect.name != "sqlite":
        yield lambda tables, module, present: _fill_from_archive(tables, path, module, present)  # type: ignore[arg-type]
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"ATTACH ? AS {_ATTACHED}", (str(path.absolute()),))
    try:
        yield _fill_from_file  # type: ignore[misc]
    finally:
        driver.execute(f"DETACH {_ATTACHED}")


@contextmanager
def rows_refer(tables: SqliteTables | PostgresqlTables, is_own: Callable[[str], bool]) -> Iterator[None]:
    """Refuse after the block what foreign keys forbid: they are off on SQLite. PostgreSQL checks when they are made again.

    Rows of other modules count as well, unless they referred to nothing before.

    :raises RowsOrphaned: naming the tables.
    """
    if not isinstance(tables, SqliteTables):
        yield
        return
    before = {row for row in tables.orphans(is_own) if not is_own(row[0])}
    yield
    if orphans := tables.orphans(is_own) - before:
        counted = sorted(Counter((row[0], row[2]) for row in orphans).items())
        told = ", ".join(f"{count} of {table} to {parent}" for (table, parent), count in counted)
        raise RowsOrphaned(f"rows would refer to rows that are not there: {told}")


def _fill_from_file(tables: SqliteTables, module: ModuleContent, present: Sequence[str]) -> None:
    compare(tables, module, present)
    with tables.filling(present):
        for table in module.tables:
            tables.fill_from(_ATTACHED, table)
    tables.set_sequences(module.sequences)
    _verify(tables, module)


def _fill_from_archive(tables: PostgresqlTables, path: Path, module: ModuleContent, present: Sequence[str]) -> None:
    compare(tables, module, present)
    with tables.filling(present), ExitStack() as copying:
        at: int | None = None
        write: Callable[[bytes], object] = len

        def take(number: int, piece: bytes) -> None:
            nonlocal at, write
            if number != at:
                copying.close()
                table: TableContent = module.tables[number]
                at, write = number, copying.enter_context(tables.taking(table.name, table.columns))
            write(piece)

        read_archive(path, take)
    tables.set_sequences(module.sequences)
    _verify(tables, module)


def _fill_from_portable(
    backup: Kept,
    kind: str,
    here: str,
    tables: SqliteTables | PostgresqlTables,
    module: ModuleContent,
    present: Sequence[str],
) -> None:
    compare(tables, module, present)
    filling = Filling(tables, kind, module, here)

    def take(owner: str, table: str, piece: bytes) -> None:
        if owner == module.name:
            filling.take(table, piece)

    with tables.filling(present), filling:
        again = read_portable(backup.path, backup.keys, take)
    if again.modules[module.name].tables != module.tables:
        raise TablesDiffer(f"{backup.path} was changed while it was restored")
    verify(filling)


def verify(filling: Filling) -> None:
    """Refuse tables that do not hold what the archive does.

    :raises TablesDiffer: naming the first of them.
    """
    for table, now in filling.differing():
        raise TablesDiffer(_differing(table, now))


def compare(tables: SqliteTables | PostgresqlTables, module: ModuleContent, present: Sequence[str]) -> None:
    """The revisions may have been edited since: rows go into the same columns or nowhere."""
    for table in module.tables:
        if table.name not in present:
            raise TablesDiffer(f"the revisions on disk make no table {table.name}, which the backup has")
        now = tables.columns(table.name)
        if set(now) != set(table.columns):
            raise TablesDiffer(
                f"the revisions on disk make {table.name} with the columns {', '.join(now)}; "
                f"the backup has {', '.join(table.columns)}"
            )


def _verify(tables: SqliteTables | PostgresqlTables, module: ModuleContent) -> None:
    for table in module.tables:
        now = tables.content(table.name, table.columns)
        if now != table:
            raise TablesDiffer(_differing(table, now))


def _differing(table: TableContent, now: TableContent) -> str:
    return (
        f"{table.name} has {now.rows} rows with SHA-256 {now.sha256[:12]}…; "
        f"the backup was made of {table.rows} with {table.sha256[:12]}…"
    )
