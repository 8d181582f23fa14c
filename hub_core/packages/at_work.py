"""One process works on the environments at a time, and what a killed one left running counts as one.

``kill -9`` of the hub does not end the pip it started, which goes on writing. The lock is a ``flock`` on an open file that
each tool inherits, so it is held until the last of them has ended, and nobody builds under the hands of another.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from .failures import EnvironmentsBusy, EnvironmentsNotWritable

_FILE: Final = "at-work.lock"
_RETRY_SECONDS: Final = 0.05


@contextmanager
def at_work(folder: Path, wait_seconds: float = 60) -> Iterator[int]:
    """Hold the lock of ``folder``, which is made, for the length of the block; yields the open file, for tools to inherit.

    :raises EnvironmentsNotWritable: when nothing can be written there.
    :raises EnvironmentsBusy: when somebody else has it for longer than ``wait_seconds``.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise EnvironmentsNotWritable(folder, error) from error
    try:
        _take(opened, folder, wait_seconds)
        os.truncate(opened, 0)
        os.pwrite(opened, str(os.getpid()).encode(), 0)
        yield opened
    finally:
        os.close(opened)


def _take(opened: int, folder: Path, wait_seconds: float) -> None:
    until = time.monotonic() + wait_seconds
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() >= until:
            raise EnvironmentsBusy(folder, _holder(opened), wait_seconds)
        time.sleep(_RETRY_SECONDS)


def _holder(opened: int) -> str:
    told = os.pread(opened, 20, 0).decode(errors="replace").strip()
    return f"process {told}, or what it started," if told.isdigit() else "the process that holds it"
