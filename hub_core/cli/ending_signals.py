"""Hear of the signals that end this process even where Python's own handlers cannot run.

A handler of Python's runs in the main thread between two of its instructions. Code in C that computes there for a minute
lets none run so long. The kernel's handler runs all the same and writes the signal's number into a pipe; a thread reads it.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def heard(on_signal: Callable[[int], None]) -> Iterator[None]:
    """Call ``on_signal`` from a thread with each of :data:`SIGNALS` that comes and has a handler, until the block ends."""
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    threading.Thread(target=_listen, args=(reads, on_signal), name="hub-signals", daemon=True).start()
    before = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    is_over = threading.Event()
    # a forked child has the pipe as well: what ends the child must not be heard here
    os.register_at_fork(after_in_child=lambda: None if is_over.is_set() else _forget())
    try:
        yield
    finally:
        is_over.set()
        signal.set_wakeup_fd(before)
        os.close(writes)


@contextmanager
def hangup_ends(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have SIGHUP handled like the other signals that end a hub, unless it is ignored as under ``nohup``."""
    before = signal.getsignal(signal.SIGHUP)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _listen(reads: int, on_signal: Callable[[int], None]) -> None:
    while numbers := os.read(reads, 64):
        for number in numbers:
            if number in SIGNALS:
                on_signal(number)
    os.close(reads)


def _forget() -> None:
    signal.set_wakeup_fd(-1)
