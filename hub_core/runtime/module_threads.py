"""Threads for code that blocks, so many for each module: who keeps all of its own waits for itself, and for nobody else.

FastAPI runs each ``def`` handler in a thread, and the threads of a process are one supply for all: 40 calls that hang in one
module would stop the ``def`` handlers of every other. Here both supplies of the process, that of AnyIO and the executor behind
``asyncio.to_thread``, are divided by module.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import anyio
import anyio.to_thread
from anyio import CapacityLimiter, CapacityLimiterStatistics
from anyio._backends import _asyncio

from ..whose_work import acting_module

log = logging.getLogger(__name__)

THREADS: Final = 40
"""How many a module has for ``def`` handlers: what AnyIO gives a whole process."""


class ModuleThreads(CapacityLimiter):
    """AnyIO's limiter of threads for the running loop: the caller's module has one of its own behind it.

    A module that sets ``total_tokens`` of the default limiter, as many applications do, sets its own.
    """

    __slots__ = ("_limiters", "_told")

    def __new__(cls) -> Self:
        """Not what AnyIO makes of its own class."""
        return object.__new__(cls)

    def __init__(self) -> None:
        self._limiters: defaultdict[str, CapacityLimiter] = defaultdict(lambda: CapacityLimiter(THREADS))
        self._told: set[str] = set()

    def in_use(self) -> Mapping[str, int]:
        """How many threads each module keeps at this moment."""
        return {name: limiter.borrowed_tokens for name, limiter in self._limiters.items()}

    async def __aenter__(self) -> None:
        """Wait for a thread."""
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        self.release()

    @property
    def total_tokens(self) -> float:
        """How many the caller's module may have."""
        return self._own.total_tokens

    @total_tokens.setter
    def total_tokens(self, value: float) -> None:
        self._own.total_tokens = value

    @property
    def borrowed_tokens(self) -> int:
        """How many it has."""
        return self._own.borrowed_tokens

    @property
    def available_tokens(self) -> float:
        """How many are left for it."""
        return self._own.available_tokens

    async def acquire(self) -> None:
        """Wait for a thread."""
        await self._wanted().acquire()

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        """Wait for a thread for ``borrower``."""
        await self._wanted().acquire_on_behalf_of(borrower)

    def acquire_nowait(self) -> None:
        """Take a thread, or raise ``anyio.WouldBlock``."""
        self._own.acquire_nowait()

    def acquire_on_behalf_of_nowait(self, borrower: object) -> None:
        """Take a thread for ``borrower``, or raise ``anyio.WouldBlock``."""
        self._own.acquire_on_behalf_of_nowait(borrower)

    def release(self) -> None:
        """Give it back."""
        self._own.release()

    def release_on_behalf_of(self, borrower: object) -> None:
        """Give it back for ``borrower``."""
        self._own.release_on_behalf_of(borrower)

    def statistics(self) -> CapacityLimiterStatistics:
        """Those of the caller's module."""
        return self._own.statistics()

    @property
    def _own(self) -> CapacityLimiter:
        return self._limiters[acting_module()]

    def _wanted(self) -> CapacityLimiter:
        """The caller's, with a word when nothing is left: once, until there is again."""
        name = acting_module()
        limiter = self._limiters[name]
        if limiter.available_tokens > 0:
            self._told.discard(name)
        elif name not in self._told:
            self._told.add(name)
            log.warning("%s keeps all of its %g threads; what needs one of it waits", name, limiter.total_tokens)
        return limiter


class ModuleExecutor(ThreadPoolExecutor):
    """The executor behind ``asyncio.to_thread`` and the resolution of names: the caller's module has one of its own.

    A module that sets the default executor of the event loop sets its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._executors: defaultdict[str, ThreadPoolExecutor] = defaultdict(ThreadPoolExecutor)

    def replace(self, executor: ThreadPoolExecutor) -> None:
        """Run in ``executor`` what the caller's module does in threads."""
        if not isinstance(executor, ThreadPoolExecutor):
            raise TypeError("executor must be ThreadPoolExecutor instance")
        if executor is not self:
            before = self._executors.get(acting_module())
            self._executors[acting_module()] = executor
            if before is not None:
                before.shutdown(wait=False)

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run it in a thread of the caller's module."""
        return self._executors[acting_module()].submit(call, *arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads of all modules."""
        for executor in self._executors.values():
            executor.shutdown(wait, cancel_futures=cancel_futures)


def divide_threads() -> ModuleThreads:
    """Divide the threads of the running event loop by module."""
    loop, executor = asyncio.get_running_loop(), ModuleExecutor()
    loop.set_default_executor(executor)
    with suppress(AttributeError):  # a loop that is not asyncio's own may allow no such thing
        loop.set_default_executor = executor.replace  # type: ignore[assignment,method-assign]
    threads = ModuleThreads()
    # AnyIO has no public way to exchange its default limiter. With a release that keeps it elsewhere the threads are shared.
    kept = getattr(_asyncio, "_default_thread_limiter", None)
    if kept is not None:
        kept.set(threads)
    if anyio.to_thread.current_default_thread_limiter() is not threads:
        log.warning("AnyIO's threads cannot be divided by module: one that blocks may keep them all")
    return threads
