"""Call a module's plain code off the event loop, within a limit.

Python cannot end a thread. So one that goes on over its limit is left behind as a daemon: it keeps nothing from going
on, and nobody from ending the process.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Escaped(Exception):
    """What a module raised to end the process, such as SystemExit, from a thread that could not."""


async def in_daemon_thread(call: Callable[[], T], seconds: float, name: str) -> T:
    """Answer what ``call`` answers, or raise what it raises; SystemExit and the like come as :class:`Escaped`.

    :raises TimeoutError: when it takes longer than ``seconds``; the thread goes on alone.
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # a KeyboardInterrupt here is the module's own: signals go to the main thread
            errors.append(error)
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(done.set)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), name=name, daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            await done.wait()
    except TimeoutError:
        raise TimeoutError(f"took more than {seconds:g} s") from None
    if errors:
        error = errors[0]
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            raise error
        raise Escaped(f"{type(error).__name__}: {error}") from error
    return answers[0]
