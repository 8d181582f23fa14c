"""Which environments processes run in: each ``hub`` holds a shared lock on the lock file of its own, until its end, however that comes."""

import fcntl
import os
from pathlib import Path

from .lock_file import LOCK_FILE


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
