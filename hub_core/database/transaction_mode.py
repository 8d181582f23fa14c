"""How transactions begin on each database: for reading or for writing.

SQLite would begin a transaction with the first write and fail half way when another writer came first, so writers take
the lock at BEGIN. Readers are told to be readers (``query_only``, ``READ ONLY``): a GET that writes fails, on both.
The mode is set at every BEGIN, so none leaks from one user of a pooled connection to the next.
"""

import sqlite3
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DataError, OperationalError

from .dead_peers import CLIENT
from .driver_text import keep_details_out
from .sqlite_writer import SqliteWriters
from .url import DatabaseUrl

Mode = Literal["read", "write"]
MODE: Final = "hub_mode"
"""The execution option that says how a connection's transactions begin; ``write`` without it."""

BUSY_SECONDS: Final = 10.0
"""How long a writer waits for another one on SQLite."""

_BEGIN: Final = {"read": "BEGIN", "write": "BEGIN IMMEDIATE"}
_QUERY_ONLY: Final = {"read": "PRAGMA query_only=ON", "write": "PRAGMA query_only=OFF"}
ON_CONNECT: Final = "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"


def connect_arguments(url: DatabaseUrl) -> dict[str, Any]:
    """What the driver is given: on SQLite, that BEGIN is ours to send."""
    if url.kind == "sqlite":
        return {"isolation_level": None, "timeout": BUSY_SECONDS}
    wanted = {"connect_timeout": 10, "application_name": "hub", **CLIENT}
    return {name: value for name, value in wanted.items() if name not in url.url.query}


def prepare_sqlite(engine: Engine) -> None:
    """Make every connection of a synchronous SQLite engine begin as it should."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = _mode(connection)
        driver: Any = connection.connection.dbapi_connection
        try:
            driver.execute(_QUERY_ONLY[mode])
            driver.execute(_BEGIN[mode])
        except sqlite3.OperationalError as error:
            raise OperationalError(_BEGIN[mode], None, error) from error


def prepare_async_sqlite(engine: Engine) -> None:
    """The same for aiosqlite, where each statement is a trip to the connection's thread and back (some 40 µs)."""
    event.listen(engine, "handle_error", _name_overflow)
    writers = SqliteWriters()
    writers.listen(engine)

    @event.listens_for(engine, "connect")
    def connected(driver: Any, record: Any) -> None:
        for statement in ON_CONNECT:
            driver.run_async(lambda raw, statement=statement: raw.execute_fetchall(statement))

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = _mode(connection)
        driver: Any = connection.connection.dbapi_connection
        info = connection.connection.info
        try:
            if info.get(MODE) != mode:
                driver.run_async(lambda raw: raw.execute(_QUERY_ONLY[mode]))
                info[MODE] = mode
            # not executescript: that would commit what a failed transaction left behind
            if mode == "read":
                driver.run_async(lambda raw: raw.execute(_BEGIN["read"]))
            else:
                with writers.one_waits():
                    driver.run_async(lambda raw: raw.execute(_BEGIN["write"]))
                writers.begun(connection, driver)
        except sqlite3.OperationalError as error:
            raise OperationalError(_BEGIN[mode], None, error) from error
        except BaseException as error:
            # cancelled: the thread may still be waiting to begin; closing waits for it, at most BUSY_SECONDS
            connection.invalidate(error)
            raise

    @event.listens_for(engine, "reset")
    def reset(driver: Any, record: Any, state: Any) -> None:
        # SQLAlchemy takes a failed COMMIT for the end of the transaction, SQLite does not
        if state.asyncio_safe and not state.terminate_only and record.driver_connection.in_transaction:
            driver.rollback()


def _name_overflow(context: ExceptionContext) -> None:
    """Make a number beyond 64 bits the ``DataError`` that it is on PostgreSQL; sqlite3 has a plain OverflowError for it."""
    if isinstance(context.original_exception, OverflowError):
        raise DataError(context.statement, None, context.original_exception) from context.original_exception


def prepare_postgresql(engine: Engine) -> None:
    """Make transactions of a PostgreSQL engine READ ONLY where asked; psycopg sends it with BEGIN, no trip of its own.

    Its errors do not quote rows, wherever they are printed.
    """
    keep_details_out(engine)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        wanted = True if _mode(connection) == "read" else None  # None: as the server says
        driver: Any = connection.connection.dbapi_connection
        if driver.read_only != wanted:
            driver.set_read_only(wanted)


def _mode(connection: Connection) -> Mode:
    mode: Mode = connection.get_execution_options().get(MODE, "write")
    return mode
