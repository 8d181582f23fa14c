"""Hold a migration to the tables of its module. A guard against mistakes, not against malice."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import InvalidRequestError

from ...database import TableOwners
from ..source import MigrationSource
from .catalogue import Names
from .on_postgresql import PostgresqlGuard
from .on_sqlite import SqliteGuard
from .outside import OutsideGuard
from .violations import OwnershipViolated


def guarded(
    connection: Connection, source: MigrationSource, owners: TableOwners, names: Names | None = None
) -> AbstractContextManager[None]:
    """Watch what runs on ``connection`` during the block, inside its transaction.

    :param names: what is known of a PostgreSQL database, kept from one migration to the next.
    :raises OwnershipViolated: naming each thing that is not the module's, and the statement where it is known.
    """
    if connection.dialect.name == "sqlite":
        watching = SqliteGuard(connection, source, owners).watching()
    else:
        watching = PostgresqlGuard(connection, source, owners, names).watching()
    return _on_one_connection(connection, source, watching)


@contextmanager
def _on_one_connection(
    connection: Connection, source: MigrationSource, watching: AbstractContextManager[None]
) -> Iterator[None]:
    """Refuse another connection of the same engine: what happens there is committed by itself, and not watched."""
    refused: list[OwnershipViolated] = []

    def refuse(*_: Any) -> None:
        refused.append(OwnershipViolated(source, ["it opens a connection of its own (op.get_bind().engine)"]))
        raise refused[0]

    event.listen(connection.engine, "do_connect", refuse)
    try:
        with watching:
            yield
    except InvalidRequestError as error:  # of SQLAlchemy's, on a connection that was rolled back
        if connection.in_transaction():
            raise
        raise OwnershipViolated(source, ["it ends the hub's transaction itself, by rollback()"]) from error
    finally:
        event.remove(connection.engine, "do_connect", refuse)
    if refused:
        raise refused[0]


def guarded_outside(
    connection: Connection, source: MigrationSource, owners: TableOwners
) -> AbstractContextManager[None]:
    """The same for a PostgreSQL connection without a transaction: what was done cannot be undone, only refused or told.

    :raises OwnershipViolated: before a statement that writes rows of another module, and after any other change.
    """
    return OutsideGuard(connection, source, owners).watching()
