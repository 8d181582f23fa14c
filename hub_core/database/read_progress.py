"""How far a backup is read, told to whoever watches: a passage through a large one takes minutes, and a restore makes two."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any, Final, cast

from .regular_file import open_regular

OnRead = Callable[[int, int], None]
"""Told how many bytes of how many are read; from 0 again with each passage."""

_EVERY_BYTES: Final = 1 << 20
_WATCHER: ContextVar[OnRead | None] = ContextVar("_WATCHER", default=None)


@contextmanager
def watched_reading(tell: OnRead) -> Iterator[None]:
    """Tell of every backup that is read in the block."""
    before = _WATCHER.set(tell)
    try:
        yield
    finally:
        _WATCHER.reset(before)


@contextmanager
def opened_backup(path: Path) -> Iterator[IO[bytes]]:
    """The file, open for reading.

    :raises BackupUnreadable: for a pipe or a device.
    """
    tell = _WATCHER.get()
    with open_regular(path) as file:
        yield file if tell is None else cast("IO[bytes]", io.BufferedReader(_Watched(file, path.stat().st_size, tell)))


class _Watched(io.RawIOBase):
    def __init__(self, file: io.BufferedReader, total: int, tell: OnRead) -> None:
        self._file, self._total, self._tell, self._told = file, total, tell, -_EVERY_BYTES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer)
        at = self._file.tell()
        if at - self._told >= _EVERY_BYTES or at == self._total != self._told:
            self._told = at
            self._tell(at, self._total)
        return count
