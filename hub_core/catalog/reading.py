"""The one way this room reads a file: strangers left it, so it may be a pipe, a device, endless, or not there.

A file is opened without waiting, refused unless it is a regular file of a bearable size, and only then read. What each
file was when it was read is kept beside it, so that the cache can tell later whether it still is.
"""

import os
from collections.abc import Callable
from stat import S_ISDIR, S_ISREG
from typing import Final

LARGEST_TEXT: Final = 2**20
"""Bytes that entry_points.txt may have."""
LARGEST_HEADER: Final = 512 * 1024
"""Bytes that the header of METADATA may have; the description behind it is not read."""
LARGEST_RECORD: Final = 4 * 2**20

_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY

Stamp = tuple[int, int, int, int, int]
"""Device, inode, size, time of the content, time of the inode: no file changes and keeps all five."""


class Unreadable(ValueError):
    """A file is there and cannot be used; the message says which and why."""


def stamp_of(status: os.stat_result) -> Stamp:
    """What changes when a file does. ``st_ctime_ns`` no program can set back, so ``os.utime`` hides nothing."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Reader:
    """Reads the files of one distribution. ``stamps`` says what each was, ``None`` that there was none.

    ``certain`` turns false when that does not say all: a file could not be opened, or changed while it was read.
    """

    __slots__ = ("certain", "stamps")

    def __init__(self) -> None:
        self.stamps: dict[str, Stamp | None] = {}
        self.certain = True

    def read(self, path: str, largest: int) -> bytes | None:
        """The content of a file, ``None`` where there is none.

        :raises Unreadable: for anything that is no regular file, for more bytes than ``largest``, for refused access.
        """
        return self._taken(path, largest, _whole)

    def read_header(self, path: str) -> bytes | None:
        """The content of a file up to its first blank line, ``None`` where there is no file.

        :raises Unreadable: as for :meth:`read`; only the header is measured.
        """
        return self._taken(path, LARGEST_HEADER, _up_to_blank_line)

    def names_in(self, folder: str) -> list[str]:
        """The names in a folder, sorted; none where there is no such folder.

        :raises Unreadable: when the folder may not be read.
        """
        try:
            status = os.stat(folder)
            if not S_ISDIR(status.st_mode):
                raise Unreadable(f"{folder} is not a folder")
            self.stamps[folder] = stamp_of(status)
            return sorted(os.listdir(folder))
        except (FileNotFoundError, NotADirectoryError):
            self.stamps[folder] = None
            return []
        except OSError as error:
            raise self._unreadable(folder, error) from error

    def _taken(self, path: str, largest: int, take: Callable[[int, int, int], bytes]) -> bytes | None:
        try:
            file = os.open(path, _FLAGS)
        except (FileNotFoundError, NotADirectoryError):
            self.stamps[path] = None
            return None
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            raise self._unreadable(path, error) from error
        try:
            status = os.fstat(file)
            if not S_ISREG(status.st_mode):
                raise Unreadable(f"{path} is not a regular file")
            self.stamps[path] = stamp_of(status)
            content = take(file, status.st_size, largest)
        except _TooLarge as error:
            raise Unreadable(f"{path} has {error}") from error
        except OSError as error:
            raise self._unreadable(path, error) from error
        finally:
            os.close(file)
        if len(content) > status.st_size:  # it grows, or its size says nothing, as in /proc
            self.certain = False
        return content

    def _unreadable(self, path: str, error: OSError | ValueError) -> Unreadable:
        self.certain = False
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return Unreadable(f"{path} cannot be read: {why}")


class _TooLarge(Exception):
    pass


def _whole(file: int, size: int, largest: int) -> bytes:
    if size > largest:
        raise _TooLarge(f"{size} bytes; {largest} are allowed")
    content = os.read(file, size + 1)
    while len(content) != size and len(content) <= largest and (more := os.read(file, 65536)):
        content += more
    if len(content) > largest:
        raise _TooLarge(f"more than the {largest} bytes that are allowed")
    return content


def _up_to_blank_line(file: int, _: int, largest: int) -> bytes:
    content = os.read(file, 8192)
    while (end := _end_of_header(content)) < 0 and len(content) <= largest:
        more = os.read(file, 65536)
        if not more:
            break
        content += more
    header = content if end < 0 else content[:end]
    if len(header) > largest:
        raise _TooLarge(f"a header of more than the {largest} bytes that are allowed")
    return header


def _end_of_header(content: bytes) -> int:
    """Where the first empty line begins, -1 without one. One of blanks continues the line before it (RFC 5322)."""
    if content.startswith((b"\n", b"\r\n")):
        return 0
    ends = [end for end in (content.find(b"\n\n"), content.find(b"\n\r\n")) if end >= 0]
    return min(ends, default=-1)
