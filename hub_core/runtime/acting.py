"""Whose work a task does, and who may end it.

What a request began goes on without its session and its principal. All tasks share one event loop, and
``for task in asyncio.all_tasks(): task.cancel()`` in one module's code must not end what is the hub's or another module's.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Coroutine
from contextvars import Context
from typing import Any, Final, TypeVar

from ..whose_work import CORE, acting_module, context_of

T = TypeVar("T")

log = logging.getLogger(__name__)

_TOLD_EVERY_SECONDS: Final = 1.0
_told: Final[dict[str, float]] = {}


class OwnedTask(asyncio.Task[T]):
    """A task that goes on when a module cancels it that does not own it."""

    def __init__(
        self,
        owner: str,
        work: Coroutine[Any, Any, T],
        name: str,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        context: Context | None = None,
    ) -> None:
        self._owner = owner
        self.cancelled_by = ""
        super().__init__(work, loop=loop, name=name, context=context)

    def cancel(self, msg: Any | None = None) -> bool:
        """Cancel it, for its owner and for the hub; a line in the log for others."""
        by = acting_module()
        if by in (CORE, self._owner):
            self.cancelled_by = by
            return super().cancel(msg)
        now = time.monotonic()
        if now - _told.get(by, -_TOLD_EVERY_SECONDS) >= _TOLD_EVERY_SECONDS:  # it may have asked all tasks there are
            _told[by] = now
            log.error("%s cancels tasks that are not its own, such as %r; they go on", by, self.get_name())
        return False


def goes_on_after(module: str) -> bool:
    """Whether it was ``module`` that cancelled the task that runs; the task is not cancelled any more then."""
    task = asyncio.current_task()
    if not isinstance(task, OwnedTask) or task.cancelled_by != module:
        return False
    while task.uncancel():
        pass
    return True


async def last(work: Awaitable[T], name: str) -> T:
    """Do ``work`` of the hub's to its end, even when a module cancels the task that asks for it."""

    async def done() -> T:
        return await work

    task = begin(CORE, done(), name)
    try:
        return await task
    except asyncio.CancelledError:
        if task.cancelled():
            raise
        return task.result()


def begin(module: str, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """A task of ``module`` that knows nothing of the request in which it is begun."""
    context = context_of(module)
    return OwnedTask(module, work, name, loop=asyncio.get_running_loop(), context=context)
