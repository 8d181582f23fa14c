"""Keep everybody from writing into the tables of modules, and drop them.

Who copies tables before they go holds them first: what is written into them in between would be in neither.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, text

from ..database import SqliteTables, TableOwners, quoted, refusal_text, schema_of
from ..errors import HubError
from ..planning import RecordedModule
from .backups.writing import tables_at

_REFUSALS: Final = ("2BP01", "55P03", "40P01")
"""Dependent objects still exist, lock not available, deadlock detected."""
LOCK_SECONDS: Final = 10
"""How long somebody tries, on PostgreSQL, to get tables that something else has locked."""


class RemovalRefused(HubError):
    """The tables of a module cannot be dropped: something else needs them, or has them locked."""

    code = "removal_refused"

    def __init__(self, module: str, cause: str) -> None:
        super().__init__(
            f"the tables of {module} were not dropped; everything is as it was",
            cause=cause,
            remedy="Remove what is named there, or wait for who uses it, and run the command again",
        )
        self.module = module


def hold(
    connection: Connection,
    rows: Iterable[RecordedModule],
    owners: TableOwners,
    *,
    lock_seconds: int | None = None,
) -> None:
    """Keep everybody from writing into the tables; SQLite has one who writes at a time, and that is this transaction.

    :param lock_seconds: how long to try to get them, by default :data:`LOCK_SECONDS`; 0 is without an end.
    :raises RemovalRefused: naming what has them.
    """
    if connection.dialect.name != "postgresql":
        return
    seconds = LOCK_SECONDS if lock_seconds is None else lock_seconds
    connection.execute(text(f"SET LOCAL lock_timeout = '{seconds}s'"))
    for row in rows:
        schema = schema_of(row.name) if row.placement == "schema" else None
        for table in owners.tables_of(row.name, tables_at(connection, row).names()):
            named = f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)
            with refusing(row.name):
                connection.execute(text(f"LOCK TABLE {named} IN SHARE ROW EXCLUSIVE MODE"))


@contextmanager
def refusing(module: str) -> Iterator[None]:
    """Tell what PostgreSQL refuses, in its own words: it names what is in the way."""
    try:
        yield
    except Exception as error:
        if (cause := refusal_text(error, _REFUSALS)) is None:
            raise
        raise RemovalRefused(module, cause) from error


def drop_tables(connection: Connection, row: RecordedModule, owners: TableOwners) -> None:
    """Drop all that is a module's in the database.

    :raises RemovalRefused: naming what could not be used without it.
    """
    tables = tables_at(connection, row)
    before = tables.broken() if isinstance(tables, SqliteTables) else set()
    with refusing(row.name):
        tables.drop(lambda table: owners.owner(table) == row.name)
        if row.placement == "schema" and connection.dialect.name == "postgresql":
            connection.execute(text(f"DROP SCHEMA IF EXISTS {quoted(schema_of(row.name))}"))
    if isinstance(tables, SqliteTables) and (broken := tables.broken() - before):
        raise RemovalRefused(row.name, f"{', '.join(sorted(broken))} could not be used without them")
