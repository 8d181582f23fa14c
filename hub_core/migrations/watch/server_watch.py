"""Watch a migration's session from a second one: who holds what it waits for, and whether the server still answers.

A connection through which nothing comes any more (a cut cable, a proxy that hangs) looks to its client like a long
statement. So another thread asks the same server: first over a session of its own, then over a new connection that asks
what any PostgreSQL answers before it reads anything. When both stay silent, the migration's socket is shut, and the
migration ends with an error. A server that answers is never cut off, however long a statement takes.
"""

import asyncio
import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import Connection

from ...database import DatabaseUrl
from .lock_holders import HOLDERS, WAITED_FOR, LockWait, lock_wait

START_SECONDS: Final = 1.0
"""A migration that is done by then is not watched at all."""
EVERY_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 15.0
"""How long nothing may be answered: the query a third of it, new connections the rest."""

SSL_REQUEST: Final = (8).to_bytes(4) + (80877103).to_bytes(4)
"""Answered with one byte by every server, before it reads anything or asks for a password."""


class ServerWatch(threading.Thread):
    """Watches until :meth:`stop`. Opens nothing for a migration that is done within :data:`START_SECONDS`."""

    def __init__(self, url: DatabaseUrl, connection: Connection) -> None:
        super().__init__(name="hub-migration-watch", daemon=True)
        driver: Any = connection.connection.dbapi_connection
        self._pid: int = driver.info.backend_pid
        # A copy: it still means this connection when the driver has closed its own and the number is used anew.
        self._socket = socket.socket(fileno=os.dup(driver.pgconn.socket))
        # host and port it came to: behind a name or a list there may be several servers
        self._address = (driver.info.hostaddr or driver.info.host, driver.info.port)
        self._arguments = _arguments(url, connection) | {"port": driver.info.port, "host": driver.info.host}
        if driver.info.hostaddr:
            self._arguments["hostaddr"] = driver.info.hostaddr
        self._stopped = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._session: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self._asking = False
        self._wait: LockWait | None = None
        self.is_silent = False
        """Whether the server stopped answering, and the migration's connection was shut for it."""

    def wait(self) -> LockWait | None:
        """What the migration waits for, or waited for until just now."""
        if self._wait is None or time.monotonic() - self._wait.seen > 3 * EVERY_SECONDS:
            return None
        return self._wait

    def silence(self) -> str:
        """What :attr:`is_silent` means, in words."""
        return f"for {SILENT_SECONDS:g} s neither a query nor a new connection was answered"

    def stop(self) -> None:
        """End watching; the migration's connection may be closed from now on."""
        self._stopped.set()
        if self._loop is not None:
            with suppress(RuntimeError):  # it ended by itself
                self._loop.call_soon_threadsafe(self._hurry)
        self.join(timeout=2)
        self._socket.close()

    def run(self) -> None:
        """What the thread does."""
        if not self._stopped.wait(START_SECONDS):
            with suppress(asyncio.CancelledError):
                asyncio.run(self._watch())

    def _hurry(self) -> None:
        if self._asking and self._session:
            _shut(self._session.pgconn.socket)
        elif self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        self._task, self._loop = asyncio.current_task(), asyncio.get_running_loop()
        try:
            while not self._stopped.is_set() and not self.is_silent:
                if await self._answered():
                    await asyncio.sleep(EVERY_SECONDS)
                elif not self._stopped.is_set():
                    self.is_silent = not await self._reachable()
        finally:
            await self._hang_up()
        if self.is_silent:
            _shut(self._socket.fileno())

    async def _answered(self) -> bool:
        """Ask who is in the way, over a session that is kept; an error says nothing about the server yet."""
        try:
            await self._ask(SILENT_SECONDS / 3)
        except (psycopg.Error, OSError):
            await self._hang_up()
            return False
        return True

    async def _ask(self, seconds: float) -> None:
        if (session := self._session) is None:
            self._session = session = await asyncio.wait_for(self._open(), seconds)
        # Not wait_for: psycopg answers the end of a waiting task by cancelling its query on the server, and waits for
        # that as well. A socket that is shut ends both.
        limit = asyncio.get_running_loop().call_later(seconds, _shut, session.pgconn.socket)
        self._asking = True
        try:
            waited_for = await (await session.execute(WAITED_FOR, {"pid": self._pid})).fetchall()
            holders = await (await session.execute(HOLDERS, {"pid": self._pid})).fetchall()
        finally:
            self._asking = False
            limit.cancel()
        self._wait = lock_wait(waited_for, holders) or self._wait

    async def _open(self) -> "psycopg.AsyncConnection[dict[str, Any]]":
        return await psycopg.AsyncConnection.connect(**self._arguments, row_factory=dict_row)

    async def _reachable(self) -> bool:
        """Whether a new connection gets any answer, be it a refusal."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENT_SECONDS * 2 / 3):
                return await _any_answer(*self._address)
        return False

    async def _hang_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(psycopg.Error, OSError):
                await session.close()


async def _any_answer(host: str, port: int) -> bool:
    # again, because a network that is not to be had for a moment says so at once
    while not await _one_answer(host, port):  # noqa: ASYNC110
        await asyncio.sleep(EVERY_SECONDS)
    return True


async def _one_answer(host: str, port: int) -> bool:
    """Ask a server over a new connection for the one byte that it owes everybody; an end of file is an answer too."""
    try:
        if host.startswith("/"):
            reader, writer = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(SSL_REQUEST)
            await reader.read(1)
        finally:
            writer.close()
    except OSError as error:
        return isinstance(error, ConnectionError)
    return True


def _arguments(url: DatabaseUrl, connection: Connection) -> dict[str, Any]:
    """What psycopg is given for a session beside the migration's own."""
    _, arguments = connection.dialect.create_connect_args(url.sync_url)
    for name in ("host", "hostaddr", "port"):
        arguments.pop(name, None)
    named = {"autocommit": True, "prepare_threshold": None, "application_name": "hub: watches a migration"}
    return dict(arguments) | named


def _shut(number: int) -> None:
    """End what goes through a socket, whoever waits for it; its owner still closes it."""
    with suppress(OSError), socket.socket(fileno=os.dup(number)) as copy:
        copy.shutdown(socket.SHUT_RDWR)
