"""Unpack a wheel that was not installed, into a folder that is gone afterwards. Whoever made it may have meant harm."""

import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from ..errors import HubError

MOST_BYTES: Final = 200 * 2**20
MOST_ENTRIES: Final = 20_000
_CHUNK: Final = 2**20


class WheelRefused(HubError):
    """A file is no wheel that can be looked at."""

    code = "wheel_refused"

    def __init__(self, wheel: Path, cause: str) -> None:
        super().__init__(
            f"{wheel.name} cannot be examined",
            cause=cause,
            remedy="Build it again: python -m build --wheel",
        )
        self.wheel = wheel


@contextmanager
def unpacked(wheel: Path) -> Iterator[Path]:
    """A folder with the files of ``wheel``, as an installer would put them into site-packages.

    :raises WheelRefused: for what is no zip, names that lead elsewhere, links, and more than it takes to be a module:
        :data:`MOST_BYTES`, :data:`MOST_ENTRIES`.
    """
    with tempfile.TemporaryDirectory(prefix="hub-wheel-") as name:
        folder = Path(name).resolve()
        try:
            _unpack(wheel, folder)
        except Exception as error:  # damaged bytes make zipfile and zlib raise all kinds
            told = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
            raise WheelRefused(wheel, told) from error
        yield folder


def _unpack(wheel: Path, folder: Path) -> None:
    if not wheel.is_file():
        raise ValueError("it is no file" if wheel.exists() else "there is no such file")
    if wheel.stat().st_size > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES // 2**20} MB")
    with zipfile.ZipFile(wheel) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise ValueError(f"it has {len(entries)} entries; {MOST_ENTRIES} are allowed")
        left = MOST_BYTES
        for entry in entries:
            _check(entry)
            target = folder / entry.filename
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as packed, target.open("xb") as file:  # x: no name comes twice
                left -= _copied(packed, file, left)


def _check(entry: zipfile.ZipInfo) -> None:
    name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
    parts = name.rstrip("/").split("/")
    if not name or "\\" in entry.orig_filename or ":" in parts[0] or {"", ".", ".."} & set(parts):
        raise ValueError(f"the name {name!r} does not stay inside")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ValueError(f"{name} is neither a file nor a folder")


def _copied(packed: IO[bytes], file: IO[bytes], most: int) -> int:
    """Copy what is really there, whatever the entry says of its size."""
    size = 0
    while chunk := packed.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise ValueError(f"it unpacks to more than {MOST_BYTES // 2**20} MB")
        file.write(chunk)
    return size
