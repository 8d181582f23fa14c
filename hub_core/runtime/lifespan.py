"""The lifespan of one module, in a task of its own: what it opens, cancels or loses touches no other module."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from inspect import iscoroutine
from typing import Any, Final

from ..containment import is_contained

log = logging.getLogger(__name__)

CANCEL_SECONDS: Final = 0.5
"""How long a cancelled lifespan may take to clean up before the hub goes on without it."""


class Lifespan:
    """Runs ``hub_lifespan`` to its ``yield``, and the rest of it when told to stop, in one task."""

    def __init__(self, module: str, generator: Any) -> None:
        self._module, self._generator = module, generator
        self._begun, self._stopping = asyncio.Event(), asyncio.Event()
        self._failure: BaseException | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, seconds: float) -> None:
        """Come to the ``yield``. Whatever the module raises before it is raised here.

        :raises TimeoutError: when it takes longer than ``seconds``.
        """
        if not isinstance(self._generator, AsyncGenerator):
            if iscoroutine(self._generator):
                self._generator.close()  # it would warn of never having been awaited
            raise TypeError(f"hub_lifespan answered {self._generator!r}, not an async generator")
        self._task = asyncio.create_task(self._run(self._generator), name=f"lifespan of {self._module}")
        try:
            async with asyncio.timeout(seconds):
                await self._begun.wait()
        except TimeoutError:
            await self._cancel(self._task)
            raise TimeoutError(f"took more than {seconds:g} s") from None
        if self._failure is not None:
            raise self._failure

    async def stop(self, seconds: float) -> None:
        """Run what is after the ``yield``; never raises, and never takes much longer than ``seconds``."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)
            if not self._task.done():
                log.error("%s took more than %.1f s to stop; going on without it", self._module, seconds)
                await self._cancel(self._task)

    async def _cancel(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_SECONDS)
        if not task.done():
            log.error("%s: its lifespan goes on although it was cancelled", self._module)

    async def _run(self, generator: AsyncGenerator[None, None]) -> None:
        try:
            await self._before_yield(generator)
            if self._failure is None:
                await self._stopping.wait()
                await self._after_yield(generator)
        except BaseException as error:  # a task that lets SystemExit out ends the whole event loop
            if not is_contained(error):
                raise
            log.exception("%s: its stop failed", self._module)
        finally:
            self._begun.set()

    async def _before_yield(self, generator: AsyncGenerator[None, None]) -> None:
        try:
            await anext(generator)
        except StopAsyncIteration:
            self._failure = RuntimeError("hub_lifespan ended without a yield")
        except BaseException as error:
            if not is_contained(error):
                raise
            self._failure = error
        self._begun.set()

    async def _after_yield(self, generator: AsyncGenerator[None, None]) -> None:
        try:
            await anext(generator)
        except StopAsyncIteration:
            return
        log.error("%s: hub_lifespan yielded more than once", self._module)
        await generator.aclose()
