"""Remember what was read of each distribution, and never say what is not so any more.

An entry counts while every file it was read from has the same device, inode, size and times, and every file that was
not there is still missing; one look at each tells. Files younger than two seconds are not remembered: the clock of a
file system may stand still that long, and what changed twice within one tick looks as if it changed once. Editable
installs, modules with faults and files that could not be opened are read anew each time.

The file is data only (JSON behind a checksum that covers who wrote it) and a convenience only: what cannot be read,
written or understood is as if it were not there.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any, Final

import packaging

from .. import manifest, toml_text
from .kept import Kept, as_rows, from_rows
from .reading import Reader, Stamp, stamp_of
from .sealed_file import read_sealed, write_sealed

SETTLED_NS = 2_000_000_000
"""How old a file must be to be remembered; the coarsest clock of a common file system, that of FAT, ticks every 2 s."""
_FORMAT: Final = 2
_LARGEST: Final = 256 * 2**20


class CatalogCache:
    """The remembered distributions of one file; without a file it remembers nothing.

    Make it before anything is read: what changes from then on counts as young.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._settled = time.time_ns() - SETTLED_NS
        self._writer = _writer() if file else b""
        self._known: dict[str, Any] = _loaded(file, self._writer) if file and self._writer else {}
        self._kept: dict[str, Any] = {}
        self._learned = False

    def find(self, site: str, info: str) -> Kept | None:
        """What is remembered of the distribution ``info`` in the folder ``site``, if it still holds."""
        row = self._known.get(f"{site}/{info}")
        if row is None:
            return None
        try:
            stamps, distribution, module = row
            if not _hold(site, stamps):
                return None
            found = from_rows(site, distribution, module)
        except (ValueError, TypeError, AttributeError):
            return None
        self._kept[f"{site}/{info}"] = row
        return found

    def keep(self, site: str, info: str, kept: Kept, reader: Reader) -> None:
        """Remember what ``reader`` has read, if it will be possible to tell whether it still holds."""
        stamps = reader.stamps
        if not self._writer or not reader.certain or not all(map(self._is_settled, stamps.values())):
            return
        start = len(site)
        self._kept[f"{site}/{info}"] = [{path[start:]: stamp for path, stamp in stamps.items()}, *as_rows(kept)]
        self._learned = True

    def save(self) -> None:
        """Write the file, if there is anything new to say. A process that reads it meanwhile sees all or nothing."""
        if self._file is None or not (self._learned or len(self._kept) != len(self._known)):
            return
        write_sealed(self._file, self._writer, self._kept, 0o644)

    def _is_settled(self, stamp: Stamp | None) -> bool:
        return stamp is None or (stamp[3] <= self._settled and stamp[4] <= self._settled)


def _hold(site: str, stamps: dict[str, list[int] | None]) -> bool:
    missing = "\0"
    for path, stamp in stamps.items():
        if stamp is None and path.startswith(missing):
            continue  # nothing is in a folder that is not there
        try:
            status = os.stat(site + path)
        except (FileNotFoundError, NotADirectoryError):
            if stamp is not None:
                return False
            missing = f"{path}/"
        except OSError:
            return False
        else:
            if stamp != [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]:
                return False
    return True


def _loaded(file: Path, writer: bytes) -> dict[str, Any]:
    known = read_sealed(file, writer, _LARGEST)
    return known if isinstance(known, dict) else {}


def _writer() -> bytes:
    """Who writes: this Python and these very files of the hub, whatever version they say they are; empty if unknown."""
    try:
        rooms = (os.path.dirname(__file__), *manifest.__path__)
        files = [entry for room in rooms for entry in os.scandir(room) if entry.is_file()]
        stamps = sorted((entry.path, stamp_of(entry.stat())) for entry in files)
        stamps.append((toml_text.__file__, stamp_of(os.stat(toml_text.__file__))))
    except OSError:
        return b""
    return repr((_FORMAT, sys.version, packaging.__version__, stamps)).encode()
