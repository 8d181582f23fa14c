"""A pool of connections of which no module gets more than its share: those that leak them leave the others theirs.

Whose a connection is, is known where one is taken out: the call that runs then says its module. What the hub takes for
itself has no limit but the pool's own.
"""

import asyncio
import logging
from typing import Any

from hub_hookspecs.host import current_call
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util import await_only

log = logging.getLogger(__name__)

_KEPT = "hub_core.share"


class Share:
    """The connections one module has in use. Each beside its first is also one of those that all modules have together."""

    __slots__ = ("_free", "_held", "_most", "_together", "_tokens", "is_short", "module")

    def __init__(self, module: str, most: int, together: asyncio.Semaphore) -> None:
        self.module, self._most, self._free = module, most, asyncio.Semaphore(most)
        self._together = together
        self._held = self._tokens = 0
        self.is_short = False

    @property
    def used(self) -> int:
        """How many there are in use now."""
        return self._held

    async def take(self, seconds: float) -> None:
        """Wait until the module has one less in use than its share, and all of them together leave some for others.

        :raises sqlalchemy.exc.TimeoutError: when that takes longer than ``seconds``.
        """
        if self._free.locked() and not self.is_short:
            self.is_short = True
            log.warning("%s has all %d connections of its share in use; it waits for its own", self.module, self._most)
        has_place = False
        try:
            async with asyncio.timeout(seconds):
                await self._free.acquire()
                has_place = True
                if self._held:
                    await self._together.acquire()
                    self._tokens += 1
        except BaseException as error:
            if has_place:
                self._free.release()
            if not isinstance(error, TimeoutError):
                raise
            text = f"{self.module} has had all {self._most} connections of its share in use for {seconds:g} s"
            if has_place:
                text = f"{self.module} has {self._held} connections in use, and for {seconds:g} s those of all modules were"
            raise PoolTimeout(text) from None
        self._held += 1

    def give_back(self) -> None:
        """One is not in use any more."""
        self._held -= 1
        if self._tokens > max(0, self._held - 1):
            self._tokens -= 1
            self._together.release()
        self._free.release()
        self.is_short = False


logging.getLogger(f"{__name__}.SharedPool").setLevel(logging.WARNING)  # SQLAlchemy would tell of each connection


class SharedPool(AsyncAdaptedQueuePool):
    """SQLAlchemy's pool of an asyncio engine, with a share of it for each module."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.most = max(1, 3 * (self.size() + max(0, self._max_overflow)) // 4)
        """The connections of one share: three quarters of all."""
        self.shares: dict[str, Share] = {}
        self._together = asyncio.Semaphore(max(1, self.most - 1))
        """What modules may have beside their first, all of them: the rest is for the hub, and for modules without any."""

    def _do_get(self) -> ConnectionPoolEntry:
        call = current_call.get(None)
        if call is None or call.module == "hub":
            return super()._do_get()
        share = self.shares.get(call.module) or self.shares.setdefault(
            call.module, Share(call.module, self.most, self._together)
        )
        await_only(share.take(self.timeout()))
        try:
            entry = super()._do_get()
        except BaseException:
            share.give_back()
            raise
        entry.record_info[_KEPT] = share  # type: ignore[index]
        return entry

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        share: Share | None = record.record_info.pop(_KEPT, None)  # type: ignore[union-attr]
        try:
            super()._do_return_conn(record)
        finally:
            if share is not None:
                share.give_back()
