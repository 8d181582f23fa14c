"""Threads and processes that still run when a module is imported: work begins in ``hub_lifespan``, which can end it.

Only Python's threads count: numerical libraries keep threads of their own, which nobody else sees.
"""

import _thread
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

GRACE_SECONDS: Final = 0.25
"""For what is about to end by itself."""
COPY_WENT_ON: Final = 114
"""The exit code of a copy that a module made of this process with ``os.fork``, and that went on as if it were it."""
_START_SECONDS: Final = 0.05
"""For a thread that has been started and does not count yet, as it has not run."""
_SLICE: Final = 0.005
_LONGEST_COMMAND: Final = 60


def threads_left() -> list[str]:
    """The names of the threads that go on, beside this one."""
    until = time.monotonic() + _START_SECONDS
    while _has_others() and time.monotonic() < until:
        time.sleep(_SLICE)
    return _after_grace(_threads)


def _has_others() -> bool:
    """Whether the system knows of more threads than Python does."""
    with suppress(OSError):
        return os.stat("/proc/self/task").st_nlink - 2 > 1 + _thread._count()  # noqa: PTH116 - a Path takes longer
    return False


def _threads() -> list[str]:
    here = threading.get_ident()
    names = [each.name + (", daemon" if each.daemon else "") for each in threading.enumerate() if each.ident != here]
    nameless = _thread._count() - len(names)  # all that Python started, also without ``threading``
    return sorted(names) + ["without a name"] * nameless


def processes_left() -> tuple[list[str], int]:
    """The commands of the child processes that go on, and how many copies of this process had gone on as it."""
    copies = 0

    def children() -> list[str]:
        nonlocal copies
        copies += _reap()
        return _commands(_children()) if _has_child() else []

    return _after_grace(children), copies


def _after_grace(left: Callable[[], list[str]]) -> list[str]:
    until = time.monotonic() + GRACE_SECONDS
    while (found := left()) and time.monotonic() < until:
        time.sleep(_SLICE)
    return found


def _reap() -> int:
    """Forget the children that have ended; how many of them were copies."""
    copies = 0
    with suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG):
            copies += ended.si_code == os.CLD_EXITED and ended.si_status == COPY_WENT_ON
    return copies


def _has_child() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _children() -> list[int]:
    """The process ids of the children, of whichever thread; none where the system does not list them."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path("/proc/self/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def _commands(children: list[int]) -> list[str]:
    return sorted(map(command_of, children)) or ["a process"]


def command_of(process: int) -> str:
    """The command of a process, as short as fits into a line."""
    try:
        command = Path(f"/proc/{process}/cmdline").read_bytes()
        is_copy = command == Path("/proc/self/cmdline").read_bytes()
    except OSError:
        return "a process"
    text = command.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    return "a copy of itself" if is_copy else text[:_LONGEST_COMMAND] or "a process"
