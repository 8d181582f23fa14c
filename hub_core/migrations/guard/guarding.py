"""Hold a migration to the tables of its module. A guard against mistakes, not against malice."""

from contextlib import AbstractContextManager

from sqlalchemy import Connection

from ...database import TableOwners
from ..source import MigrationSource
from .catalogue import Names
from .on_postgresql import PostgresqlGuard
from .on_sqlite import SqliteGuard
from .outside import OutsideGuard


def guarded(
    connection: Connection, source: MigrationSource, owners: TableOwners, names: Names | None = None
) -> AbstractContextManager[None]:
    """Watch what runs on ``connection`` during the block, inside its transaction.

    :param names: what is known of a PostgreSQL database, kept from one migration to the next.
    :raises OwnershipViolated: naming each thing that is not the module's, and the statement where it is known.
    """
    if connection.dialect.name == "sqlite":
        return SqliteGuard(connection, source, owners).watching()
    return PostgresqlGuard(connection, source, owners, names).watching()


def guarded_outside(
    connection: Connection, source: MigrationSource, owners: TableOwners
) -> AbstractContextManager[None]:
    """The same for a PostgreSQL connection without a transaction: what was done cannot be undone, only refused or told.

    :raises OwnershipViolated: before a statement that writes rows of another module, and after any other change.
    """
    return OutsideGuard(connection, source, owners).watching()
