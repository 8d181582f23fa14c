"""Signals of a process that watches over others and has no event loop: waited for like anything else."""

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

SIGNALS: Final = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def awaited_signals() -> Iterator[Callable[[float], list[int]]]:
    """Wait for signals like for anything else: a function that answers those that came within so many seconds."""
    reads, writes = os.pipe()
    for end in (reads, writes):
        os.set_blocking(end, False)
    before = {number: signal.signal(number, lambda *_: None) for number in heard_signals()}
    woken = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)

    def told(seconds: float) -> list[int]:
        if not select.select([reads], [], [], seconds)[0]:
            return []
        return list(os.read(reads, 1024))

    try:
        yield told
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reads)
        os.close(writes)


def heard_signals() -> list[signal.Signals]:
    """Those to listen to; a hangup that was to be ignored, as with nohup, stays so."""
    is_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in SIGNALS if number != signal.SIGHUP or not is_ignored]
