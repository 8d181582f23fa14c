"""A full disk, told in words: what could not be written, where there is no space, and how much is left there."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .errors import HubError

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
AMPLE_BYTES: Final = 64 << 20

AGAIN_WHEN_FREE: Final = "Free some space there, and run this again"


class DiskFull(HubError):
    """There is no space left to write to; what was there before is whole."""

    code = "disk_full"

    def __init__(self, problem: str, cause: str) -> None:
        super().__init__(problem, cause=cause, remedy=AGAIN_WHEN_FREE)


@contextmanager
def disk_full_told(problem: str, path: Path) -> Iterator[None]:
    """Make a full disk while ``path`` is written the error that says so.

    :param problem: what cannot be done then.
    :raises DiskFull: for ``ENOSPC`` and a quota that is used up.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(problem, no_space(path)) from error
        raise


def no_space(path: Path) -> str:
    """Where there is no space, and how much is left there."""
    folder = next((each for each in (path, *path.parents) if each.is_dir()), Path("/"))
    volume = next((each for each in (folder, *folder.parents) if each.is_mount()), folder)
    free, left = free_bytes(folder), f"no space is left on {volume}, where {path} lies"
    if os.statvfs(folder).f_favail == 0 < os.statvfs(folder).f_files:
        return f"{left}: no file more can be made there"
    told = f"{left}: {free} bytes are free"
    return told if free < AMPLE_BYTES else f"{told}, so a quota or the folder for temporary files is used up"


def free_bytes(folder: Path) -> int:
    """How much this user may still write there."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize
