"""Answers that are kept for a moment, so that whoever asks often loads nobody."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from .acting import begin

T = TypeVar("T")


class KeptAnswers(Generic[T]):
    """One answer for each name, for ``seconds``. Who comes while it is being found waits for the same one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[str, tuple[float, T]] = {}
        self._asked: dict[str, asyncio.Task[T]] = {}

    async def of(self, name: str, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer of ``name``; ``ask`` finds a new one, in a task of that module."""
        if name in self._kept:
            at, kept = self._kept[name]
            if time.monotonic() - at < self._seconds:
                return kept
        task = self._asked.get(name)
        if task is None:
            task = self._asked[name] = begin(name, self._found(name, ask), f"{name} is asked")
        return await asyncio.shield(task)  # a caller who leaves takes nobody's answer along

    async def _found(self, name: str, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        try:
            answer = await ask()
            self._kept[name] = time.monotonic(), answer
            return answer
        finally:
            del self._asked[name]
