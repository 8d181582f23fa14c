"""A file that is whole or not there: written under another name, made durable, renamed.

A process may be killed and a disk be full at any moment. What has the right name was complete when it got it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import Final

PART: Final = ".part"
"""What the name of an incomplete file ends with."""


@contextmanager
def completed(path: Path, *, is_ours: bool = True) -> Iterator[Path]:
    """Yield the file to write, empty and readable by this user alone; after the block it is durable and named ``path``.

    When the block raises, nothing is left. What others left behind is removed first, so only one process may write into
    a folder at a time: the leader.

    :param is_ours: whether the folder is the hub's; in one of somebody else only a part of this file is removed.
    :raises OSError: when the file cannot be made, made durable or renamed.
    """
    part = path.with_name(path.name + PART)
    left = "*" if is_ours else escape(path.name)
    remove_incomplete(path.parent, left)
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
        _make_durable(part)
        part.replace(path)
        _make_durable(path.parent)
    except BaseException:
        remove_incomplete(path.parent, left)
        raise


def remove_incomplete(folder: Path, name: str = "*") -> None:
    """Remove what a process left that was killed while it wrote, and what SQLite put beside it."""
    for left in folder.glob(f"{name}{PART}*"):
        with suppress(OSError):
            left.unlink()


def _make_durable(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
