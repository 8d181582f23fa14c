"""Open a file that somebody named: a pipe would let its reader wait, and be empty the second time."""

import os
from io import BufferedReader
from pathlib import Path
from stat import S_ISREG

from .backup_content import BackupUnreadable


def open_regular(path: Path) -> BufferedReader:
    """Open a backup for reading, without waiting for anything; whoever asks closes it.

    :raises BackupUnreadable: for a pipe or a device.
    :raises OSError: as :func:`open` does.
    """
    file = open(path, "rb", opener=_opened)  # noqa: SIM115 - the caller closes it
    if not S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise BackupUnreadable(
            path, "it is a pipe or a device; a backup is a regular file, for it is read more than once"
        )
    return file


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
