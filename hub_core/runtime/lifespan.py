"""The lifespan of one module, in a task of its own: what it opens, cancels or loses touches no other module."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from typing import Final

from ..containment import is_contained
from ..loading import ChangedProcess, WatchedSteps
from .acting import begin, goes_on_after
from .interruption import interrupted

log = logging.getLogger(__name__)

CANCEL_SECONDS: Final = 0.5
"""How long cancelled lifespans may take to clean up, all together, before the hub goes on without them."""


class Lifespan:
    """Runs ``hub_lifespan`` to its ``yield``, and the rest of it when told to stop, in one task."""

    def __init__(self, module: str, generator: AsyncGenerator[None, None]) -> None:
        self._module, self._generator = module, generator
        self._begun, self._stopping = asyncio.Event(), asyncio.Event()
        self._failure: BaseException | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_given_up = False

    async def start(self, seconds: float) -> None:
        """Come to the ``yield``. Whatever the module raises before it is raised here.

        :raises TimeoutError: when it takes longer than ``seconds``.
        """
        self._task = begin(self._module, self._run(self._generator), f"lifespan of {self._module}")
        try:
            async with asyncio.timeout(seconds):
                await self._begun.wait()
        except TimeoutError:
            self._give_up(self._task)
            await collect([self])
            if isinstance(self._failure, ChangedProcess):
                raise self._failure from None
            raise TimeoutError(f"took more than {seconds:g} s") from None
        except asyncio.CancelledError:
            self._give_up(self._task)
            if goes_on_after(self._module):
                raise RuntimeError("hub_lifespan cancelled its own start") from None
            raise
        if self._failure is not None:
            raise self._failure

    async def stop(self, seconds: float) -> None:
        """Run what is after the ``yield``; never raises, and never takes much longer than ``seconds``.

        What is not done then is cancelled and not waited for: that is for :func:`collect`.
        """
        self._stopping.set()
        if self._task is not None:
            with interrupted(self._task, seconds):
                await asyncio.wait({self._task}, timeout=seconds)
            if not self._task.done():
                log.error("%s took more than %.1f s to stop; going on without it", self._module, seconds)
                self._give_up(self._task)

    def _give_up(self, task: asyncio.Task[None]) -> None:
        self._is_given_up = True
        task.cancel()

    async def _run(self, generator: AsyncGenerator[None, None]) -> None:
        try:
            await self._before_yield(generator)
            if self._failure is None:
                await self._at_yield(generator)
        except BaseException as error:  # a task that lets SystemExit out ends the whole event loop
            is_order = isinstance(error, asyncio.CancelledError) and self._is_given_up
            if is_order or _is_ctrl_c(error):
                raise
            log.exception("%s: its stop failed", self._module)
        finally:
            self._begun.set()

    async def _before_yield(self, generator: AsyncGenerator[None, None]) -> None:
        steps = WatchedSteps(_to_yield(generator))
        try:
            await steps
            if steps.changes:
                await generator.aclose()
            elif _is_cancelled():
                self._failure = RuntimeError("hub_lifespan cancelled its own task")
        except StopAsyncIteration:
            self._failure = RuntimeError("hub_lifespan ended without a yield")
        except BaseException as error:
            self._failure = error if is_contained(error) else _ended_by(error)
            if _is_ctrl_c(error):
                raise
        if steps.changes:
            self._failure = ChangedProcess(steps.changes)
        self._begun.set()

    async def _at_yield(self, generator: AsyncGenerator[None, None]) -> None:
        try:
            await self._stopping.wait()
        except asyncio.CancelledError as error:  # its own code did that, such as a task group whose task has failed
            log.error("%s cancelled its lifespan while it serves", self._module)
            with suppress(StopAsyncIteration, asyncio.CancelledError):
                await generator.athrow(error)
                await generator.aclose()
        else:
            await self._after_yield(generator)

    async def _after_yield(self, generator: AsyncGenerator[None, None]) -> None:
        try:
            await anext(generator)
        except StopAsyncIteration:
            return
        log.error("%s: hub_lifespan yielded more than once", self._module)
        await generator.aclose()


async def collect(lifespans: Iterable[Lifespan]) -> None:
    """Wait, once for all of them, for those that were cancelled; name those that go on nevertheless."""
    left = {each._task: each._module for each in lifespans if each._task is not None and not each._task.done()}
    if left:
        _, go_on = await asyncio.wait(left, timeout=CANCEL_SECONDS)
        for task in go_on:
            log.error("%s: its lifespan goes on although it was cancelled", left[task])


async def _to_yield(generator: AsyncGenerator[None, None]) -> None:
    if not isinstance(generator, AsyncGenerator):  # a decorator made something else of the module's function
        raise TypeError(
            f"hub_lifespan answered {type(generator).__name__}; it has to be an async function with one yield, "
            "without asynccontextmanager or another decorator that makes something else of it"
        )
    await anext(generator)


def _is_ctrl_c(error: BaseException) -> bool:
    return isinstance(error, KeyboardInterrupt) and not is_contained(error)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _ended_by(error: BaseException) -> RuntimeError:
    failure = RuntimeError(f"hub_lifespan ended by {type(error).__name__} before its yield")
    failure.__cause__ = error
    return failure
