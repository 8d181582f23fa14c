"""Write one backup: what is read, in which transaction, and what the file says of itself."""

import errno
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from importlib_metadata import version
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from ...database import (
    BackupContent,
    DatabaseUrl,
    ModuleContent,
    PostgresqlTables,
    SqliteTables,
    TableContent,
    TableOwners,
    connect,
    copy_sqlite,
    schema_of,
    write_archive,
)
from ...planning import RecordedModule
from ...registry import recorded, seeds

SPARE_BYTES: Final = 1 << 20
"""What a copy of an SQLite database leaves free: the database itself often lies on the same disk."""


def write_backup(url: DatabaseUrl, part: Path, row: RecordedModule, owners: TableOwners) -> BackupContent:
    """Write the backup of a module into the empty file ``part``; on SQLite with all other modules.

    :raises OSError: :class:`sqlite3.Error` or :class:`~sqlalchemy.exc.SQLAlchemyError` for whatever is in the way.
    """
    return (_copy if url.kind == "sqlite" else _archive)(url, part, row, owners)


def tables_at(connection: Connection, row: RecordedModule) -> SqliteTables | PostgresqlTables:
    """The tables of the schema that a module's are in, over ``connection``; its transaction begins here at the latest."""
    connection.execute(text("SELECT 1"))
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        return SqliteTables(driver)
    return PostgresqlTables(driver, schema_of(row.name) if row.placement == "schema" else None)


def data_tables(row: RecordedModule, owners: TableOwners, names: Iterable[str]) -> list[str]:
    """The tables of a module among ``names``, without the one that keeps its revision."""
    return [name for name in owners.tables_of(row.name, names) if name != f"{row.table_prefix}alembic_version"]


def _copy(url: DatabaseUrl, part: Path, row: RecordedModule, owners: TableOwners) -> BackupContent:
    with connect(url, read_only=True) as connection:
        rows = recorded(connection)
        kept = {name: seeds_of(connection, name) for name in rows}
        size = connection.execute(
            text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        ).scalar_one()
    free = shutil.disk_usage(part.parent).free
    if free < size + SPARE_BYTES:
        raise OSError(errno.ENOSPC, f"no space left, as the database has {size} bytes")

    def describe(copy: sqlite3.Connection) -> BackupContent:
        tables = SqliteTables(copy)
        names = tables.names()
        modules = {}
        for name, each in rows.items():
            own = data_tables(each, owners, names)
            contents = [tables.content(table) for table in own]
            modules[name] = module_content(each, contents, tables.sequences(own), kept[name])
        return _content("sqlite", row, modules)

    return copy_sqlite(url.sqlite_path, part, describe)


@contextmanager
def snapshot(url: DatabaseUrl) -> Iterator[Connection]:
    """Yield a connection that sees one moment of the database, while others write; nobody waits for it.

    :raises OperationalError: for what the driver itself says.
    """
    import psycopg

    try:
        with connect(url, read_only=True) as connection:
            if url.kind == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield connection
    except psycopg.Error as error:
        raise OperationalError("COPY", None, error) from error


def _archive(url: DatabaseUrl, part: Path, row: RecordedModule, owners: TableOwners) -> BackupContent:
    with snapshot(url) as connection:
        tables = tables_at(connection, row)
        assert isinstance(tables, PostgresqlTables)
        columns = {name: tables.columns(name) for name in data_tables(row, owners, tables.names())}

        def describe(contents: Sequence[TableContent]) -> BackupContent:
            sequences = tables.sequences(columns, lambda name: owners.owner(name) == row.name)
            module = module_content(row, contents, sequences, seeds_of(connection, row.name))
            return _content("postgresql", row, {row.name: module})

        return write_archive(
            part, ((name, names, tables.rows(name, names)) for name, names in columns.items()), describe
        )


def _content(kind: Any, row: RecordedModule, modules: dict[str, ModuleContent]) -> BackupContent:
    return BackupContent(
        kind=kind, made_for=row.name, hub_version=version("hub-core"), at=datetime.now(UTC), modules=modules
    )


def module_content(
    row: RecordedModule,
    contents: Iterable[TableContent],
    sequences: dict[str, tuple[int, bool]],
    kept: Sequence[dict[str, Any]],
    counters: Mapping[str, int] | None = None,
) -> ModuleContent:
    """What a backup says of one module."""
    return ModuleContent(
        name=row.name,
        distribution=row.distribution,
        version=row.version,
        hash=row.hash,
        state=row.state.value,
        revision=row.revision,
        table_prefix=row.table_prefix,
        placement=row.placement,
        tables=tuple(contents),
        sequences=sequences,
        counters=counters or {},
        seeds=tuple(kept),
    )


def seeds_of(connection: Connection, module: str) -> list[dict[str, Any]]:
    """The hub's rows about the seed data of a module."""
    rows = connection.execute(select(seeds).where(seeds.c.module == module)).mappings()
    return [
        {"table": row["table"], "key": row["key"], "values": row["values"], "at": row["at"].isoformat()} for row in rows
    ]
