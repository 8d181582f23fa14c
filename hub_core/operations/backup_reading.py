"""Read a backup back: what it is, and its rows into the tables that were made anew for them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from ..database import (
    BackupContent,
    BackupUnreadable,
    ModuleContent,
    PostgresqlTables,
    SqliteTables,
    TableContent,
    open_sqlite_backup,
    read_archive,
)

_SQLITE: Final = b"SQLite"
_ATTACHED: Final = "hub_restored"

Fill = Callable[[SqliteTables | PostgresqlTables, ModuleContent, Sequence[str]], None]
"""Given the tables, what shall be in them, and the names of those that are there."""


class TablesDiffer(Exception):
    """The tables that were made are not those that were backed up; told as the cause of a failed restore."""


class RowsOrphaned(Exception):
    """Rows would refer to rows that are not there; told as the cause of a failed restore."""


def read_backup(path: Path) -> BackupContent:
    """Read the whole of a backup, and what it says of itself.

    :raises BackupUnreadable: naming what is wrong.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_SQLITE))
    except OSError as error:
        raise BackupUnreadable(path, error.strerror or str(error)) from error
    if start != _SQLITE:
        return read_archive(path)
    connection, content = open_sqlite_backup(path)
    connection.close()
    return content


@contextmanager
def filled(connection: Connection, path: Path) -> Iterator[Fill]:
    """Yield what fills tables from the backup ``path``, inside the transaction that is begun during the block.

    An SQLite file is attached: it gives its rows as they are, whatever is in them.
    """
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
    _compare(tables, module, present)
    with tables.filling(present):
        for table in module.tables:
            tables.fill_from(_ATTACHED, table)
    tables.set_sequences(module.sequences)
    _verify(tables, module)


def _fill_from_archive(tables: PostgresqlTables, path: Path, module: ModuleContent, present: Sequence[str]) -> None:
    _compare(tables, module, present)
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


def _compare(tables: SqliteTables | PostgresqlTables, module: ModuleContent, present: Sequence[str]) -> None:
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
            raise TablesDiffer(
                f"{table.name} has {now.rows} rows with SHA-256 {now.sha256[:12]}…; "
                f"the backup was made of {table.rows} with {table.sha256[:12]}…"
            )
