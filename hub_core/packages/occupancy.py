"""Which environments processes run in, or are about to: each ``hub`` holds a shared lock on the lock file of its own, and of one
that it has made or chosen to go on in, until its end, however that comes.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from .lock_file import LOCK_FILE


def occupy(folder: Path) -> None:
    """Let this process count as running there, and whatever it becomes; for who works on the environments, or has just looked."""
    with suppress(OSError):
        opened = os.open(folder / LOCK_FILE, os.O_RDONLY)
        os.set_inheritable(opened, True)  # to be open when the interpreter there begins
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)


def is_occupied(folder: Path) -> bool:
    """Whether a process runs there."""
    try:
        opened = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(opened)
    return False
