"""Every statement this process sends to a database, seen at the drivers: below SQLAlchemy, whatever engine sends it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import psycopg


@contextmanager
def driver_statements(told: Callable[[str], object]) -> Iterator[None]:
    """Tell of each statement, COMMIT and the like included, on connections that are opened from now on.

    SQLite traces its connections itself, those of aiosqlite among them. All that psycopg exchanges with a server passes
    ``Connection.wait`` or ``AsyncConnection.wait``; which of its methods asked for it is told in place of the text.
    """
    open_sqlite = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = open_sqlite(*arguments, **options)
        connection.set_trace_callback(told)
        return connection

    def wait(self: Any, exchange: Any, *arguments: Any, **options: Any) -> Any:
        told(f"psycopg: {exchange.__qualname__}")
        return wait_for(self, exchange, *arguments, **options)

    async def wait_async(self: Any, exchange: Any, *arguments: Any, **options: Any) -> Any:
        told(f"psycopg: {exchange.__qualname__}")
        return await wait_async_for(self, exchange, *arguments, **options)

    wait_for, wait_async_for = psycopg.Connection.wait, psycopg.AsyncConnection.wait
    with ExitStack() as patches:
        for target, name, seen in (
            (sqlite3, "connect", connect),
            (sqlite3.dbapi2, "connect", connect),
            (psycopg.Connection, "wait", wait),
            (psycopg.AsyncConnection, "wait", wait_async),
        ):
            patches.enter_context(patch.object(target, name, seen))
        yield
