"""Processes that a probed module started and moved out of its process group: on Linux they come to the helper.

A daemon leaves the group it was started in, so that ending the group misses it. Where its parent is gone, Linux gives it
to the nearest ancestor that asked for such children. Elsewhere it is left alone.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36
_CHILDREN: Final = Path(f"/proc/self/task/{os.getpid()}/children")


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parents end."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def running_orphans() -> list[int]:
    """The children of this process that still run."""
    return [child for child in _children() if _runs(child)]


def end_orphans(end_all: Callable[[], None] = lambda: None) -> None:
    """End every child of this process; their own children come to it then, and end too.

    :param end_all: ends them all at once, for those that start others faster than they end; called if there are any.
    """
    while children := _children():
        if any(map(_runs, children)):
            end_all()
        for child in children:
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
            with suppress(OSError):
                os.waitpid(child, 0)


def _runs(process: int) -> bool:
    """Whether a process has not ended; one that has is a child until it is waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _children() -> list[int]:
    try:
        return [int(child) for child in _CHILDREN.read_text().split()]
    except OSError:
        return []
