"""A synchronous connection of its own, for operations and migrations: never from the pool requests are served from."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from .dead_peers import end_with_client
from .outage import explained_outage
from .transaction_mode import MODE, ON_CONNECT, connect_arguments, prepare_postgresql, prepare_sqlite
from .unreachable import explained, sqlite_obstacle
from .url import DatabaseUrl


@contextmanager
def connect(
    url: DatabaseUrl, *, read_only: bool = False, foreign_keys: bool = True, engine: Engine | None = None
) -> Iterator[Connection]:
    """Open a connection and close it with the block; what was not committed is rolled back.

    Transactions begin by themselves with the first statement. ``read_only`` creates no file and refuses to write.
    ``foreign_keys`` switches their enforcement on SQLite, where that is only possible outside a transaction.

    :param engine: of :func:`engine_of` with the same arguments, for whoever opens many connections.
    :raises DatabaseUnreachable: naming what is in the way; :class:`DatabaseMissing` when there is no such database.
    :raises DiskFull, DatabaseGone, DatabaseLocked: also from the block, in place of the driver's errors that say so.
    """
    if url.kind == "sqlite" and (obstacle := sqlite_obstacle(url, read_only=read_only)):
        raise obstacle
    engine = engine or engine_of(url, read_only=read_only, foreign_keys=foreign_keys)
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise explained_outage(error, url) or explained(url, error) from error
    with connection:
        try:
            yield connection
        except DBAPIError as error:
            if outage := explained_outage(error, url):
                raise outage from error
            raise


def engine_of(url: DatabaseUrl, *, read_only: bool = False, foreign_keys: bool = True) -> Engine:
    """What :func:`connect` opens connections with. It keeps none open, only what it learnt: statements, the dialect."""
    arguments = connect_arguments(url)
    if url.kind == "sqlite" and not foreign_keys:
        arguments["cached_statements"] = 0  # the guard of migrations is asked when a statement is prepared: each time
    # hidden, because what people wrote does not belong into the log with an error
    engine = create_engine(url.sync_url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    engine = engine.execution_options(**{MODE: "read" if read_only else "write"})
    if url.kind == "postgresql":
        prepare_postgresql(engine)
        end_with_client(engine)
        return engine
    prepare_sqlite(engine)

    @event.listens_for(engine, "connect")
    def connected(driver: Any, record: Any) -> None:
        driver.execute("PRAGMA schema_version")  # reads the file: an SQLite database, or not
        for statement in ON_CONNECT if not read_only else ON_CONNECT[1:]:
            driver.execute(statement)
        if not foreign_keys:
            driver.execute("PRAGMA foreign_keys=OFF")

    return engine
