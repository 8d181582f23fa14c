"""Who has SQLite's one write transaction: a module that keeps it and does nothing must not keep all others from writing.

PostgreSQL locks rows, and ends who idles in a transaction where it is told to. SQLite locks the whole file, so that here the
one who waits for somebody else's answer, in the middle of a transaction, stops every module.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from weakref import WeakKeyDictionary

from hub_hookspecs.host import current_call
from sqlalchemy import Connection, Engine, event

log = logging.getLogger(__name__)

IDLE_SECONDS: Final = 5.0
"""How long a transaction may do nothing while others wait to write; less than they wait."""
EVERY_SECONDS: Final = 1.0


class Writing:
    """One write transaction, from BEGIN to its end."""

    __slots__ = ("driver", "is_busy", "is_over", "is_told", "latest", "module", "since", "timer")

    def __init__(self, driver: Any) -> None:
        call = current_call.get(None)
        self.module = "hub" if call is None else call.module
        self.driver = driver
        self.since = self.latest = time.monotonic()
        self.is_busy = self.is_told = self.is_over = False
        self.timer: asyncio.TimerHandle | None = None


class SqliteWriters:
    """Looks after the write transactions of one engine. ``waiting`` says how many of them have yet to begin."""

    def __init__(self) -> None:
        self.waiting = 0
        self._all: WeakKeyDictionary[Connection, Writing] = WeakKeyDictionary()  # an invalid connection has no ``info``

    def listen(self, engine: Engine) -> None:
        """Hear of all that happens in a transaction."""
        event.listen(engine, "before_cursor_execute", self._busy)
        event.listen(engine, "after_cursor_execute", self._idle)
        event.listen(engine, "commit", self._over)
        event.listen(engine, "rollback", self._over)

    @contextmanager
    def one_waits(self) -> Iterator[None]:
        """Whoever begins waits until the block ends."""
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1

    def begun(self, connection: Connection, driver: Any) -> None:
        """A write transaction has begun on this connection."""
        self._all[connection] = writing = Writing(driver)
        self._look_later(writing)

    def _busy(self, connection: Connection, *_: Any) -> None:
        if (writing := self._all.get(connection)) is not None:
            writing.is_busy = True

    def _idle(self, connection: Connection, *_: Any) -> None:
        if (writing := self._all.get(connection)) is not None:
            writing.is_busy, writing.latest = False, time.monotonic()

    def _over(self, connection: Connection) -> None:
        writing: Writing | None = self._all.pop(connection, None)
        if writing is not None and writing.timer is not None:
            writing.is_over = True
            writing.timer.cancel()

    def _look_later(self, writing: Writing) -> None:
        writing.timer = asyncio.get_running_loop().call_later(EVERY_SECONDS, self._look, writing)

    def _look(self, writing: Writing) -> None:
        if writing.is_over:
            return
        now = time.monotonic()
        if self.waiting and not writing.is_told:
            writing.is_told = True
            log.warning(
                "%s has had SQLite's only write transaction for %.0f s; who writes waits for it",
                writing.module, now - writing.since,
            )  # fmt: skip
        if self.waiting and not writing.is_busy and now - writing.latest >= IDLE_SECONDS:
            log.error(
                "%s did nothing for %.0f s in a write transaction while others waited; it is rolled back",
                writing.module, now - writing.latest,
            )  # fmt: skip
            writing.is_over = True
            asyncio.get_running_loop().create_task(_close(writing.driver), name="an idle transaction is ended")
            return
        self._look_later(writing)


async def _close(driver: Any) -> None:
    """Close the connection: a ROLLBACK alone would let later statements of the transaction commit one by one."""
    with suppress(Exception):
        await driver.driver_connection.close()
