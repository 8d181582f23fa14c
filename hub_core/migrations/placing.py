"""Make a connection work where the tables of a module lie."""

from typing import Final

from sqlalchemy import Connection, inspect, text

from ..database import TableOwners, note_migrating, search_in
from .source import MigrationSource

LOCK_SECONDS: Final = 10
"""How long a migration tries, on PostgreSQL, to get a table that something else has locked."""
LOCK_ATTEMPT_SECONDS: Final = 2
"""How long it waits at a time: whoever wants the table meanwhile queues behind it."""


def enter(connection: Connection, source: MigrationSource, *, lasting: bool = False) -> None:
    """Let unqualified names mean the tables of a module, and bound how long to wait for locks, until the transaction ends.

    The next leader sees until then that somebody migrates.

    The schema of a module that has one is made when it is not there. ``lasting`` holds for the whole connection.
    """
    if connection.dialect.name == "sqlite":
        return
    if not lasting:
        connection.execute(text("SET TRANSACTION READ WRITE"))  # see Connections.new
    seconds = LOCK_SECONDS if lasting else min(LOCK_ATTEMPT_SECONDS, LOCK_SECONDS)
    setting = {"limit": f"{seconds}s", "local": not lasting}
    connection.execute(text("SELECT set_config('lock_timeout', :limit, :local)"), setting)
    note_migrating(connection, lasting=lasting)
    if source.schema is not None:
        if not inspect(connection).has_schema(source.schema):
            quoted = connection.dialect.identifier_preparer.quote(source.schema)
            connection.execute(text(f"CREATE SCHEMA {quoted}"))
        search_in(connection, [source.schema], lasting=lasting)


_INVALID: Final = text("""
    SELECT t.relname::text AS "table", i.indexrelid::regclass::text AS index
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE NOT i.indisvalid AND t.relkind IN ('r', 'm')
""")


def drop_invalid_indexes(connection: Connection, source: MigrationSource, owners: TableOwners) -> None:
    """Drop what a CREATE INDEX CONCURRENTLY left that was cut off: ``IF NOT EXISTS`` would take it for an index."""
    for table, index in connection.execute(_INVALID).all():
        if owners.owner(table) == source.module:
            connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {index}"))  # regclass quotes the name
