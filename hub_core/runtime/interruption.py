"""Interrupt a module that blocks the event loop while it stops, so that those behind it have their turn.

Nobody can take the loop away from code that does not give it back, but a signal's handler may raise in the main thread,
also out of ``time.sleep`` and whatever else waits in the kernel. Code in C that computes is not interrupted.
"""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_LATER_SECONDS: Final = 0.05
"""How much later than the loop's own timer: who does not block is cancelled and not interrupted."""
_AGAIN_SECONDS: Final = 0.1
"""When it is interrupted again, if it goes on."""


@contextmanager
def interrupted(task: asyncio.Task[Any], seconds: float) -> Iterator[None]:
    """Until the block ends: raise ``TimeoutError`` in ``task`` while it holds the event loop after ``seconds``.

    Where somebody else uses the signal, or the loop is not the main thread's, nothing is done.
    """
    if not _is_free():
        yield
        return
    loop = asyncio.get_running_loop()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if asyncio.current_task(loop) is task:
            raise TimeoutError("it blocked the event loop until its time was over")

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds + _LATER_SECONDS, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _is_free() -> bool:
    is_main = threading.current_thread() is threading.main_thread()
    return (
        is_main and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL and not any(signal.getitimer(signal.ITIMER_REAL))
    )
