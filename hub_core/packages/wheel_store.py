"""Wheels kept by hash: ``wheels/<sha256>/<filename>``. What lies under a hash is what the hash says, or was put there by hand.

A file comes in whole, under a name of its own, and is measured before it gets its place; so a kill leaves a file aside
and never a wrong one in place. It is measured again before it is installed, since years may lie between.
"""

import hashlib
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..disk_space import disk_full_told
from .durable import PART, take_in
from .failures import WheelDamaged, WheelMissing
from .lock import Lock, LockedWheel

_CHUNK: Final = 2**20
_DIGITS: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class WheelStore:
    """The wheels of one state folder. One process writes at a time: who holds :func:`at_work`."""

    folder: Path

    def path(self, wheel: LockedWheel) -> Path:
        """Where it is, or would be."""
        return self.folder / wheel.sha256 / wheel.filename

    def has(self, wheel: LockedWheel) -> bool:
        """Whether it is there; it was measured when it came."""
        return self.path(wheel).is_file()

    def add(self, file: Path, expected: str = "") -> LockedWheel:
        """Take in a copy of a wheel.

        :param expected: the hash it must have, where somebody knows.
        :raises WheelDamaged: when it has another.
        :raises DiskFull: when there is no space for it.
        """
        with disk_full_told(f"{file.name} cannot be kept", self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.folder / (file.name + PART)
            try:
                with file.open("rb") as source, part.open("wb") as copy:
                    shutil.copyfileobj(source, copy, _CHUNK)
                found = file_hash(part)
                if expected and found != expected:
                    raise WheelDamaged(file.name, expected, found, str(file.parent))
                wheel = LockedWheel(filename=file.name, sha256=found)
                self.path(wheel).parent.mkdir(exist_ok=True)
                take_in(part, self.path(wheel))
            finally:
                part.unlink(missing_ok=True)
        return wheel

    def check(self, wheel: LockedWheel) -> None:
        """Measure a wheel again.

        :raises WheelMissing: when it is not there.
        :raises WheelDamaged: when it is not what it was.
        """
        try:
            found = file_hash(self.path(wheel))
        except FileNotFoundError as error:
            raise WheelMissing(wheel.filename, self.folder) from error
        if found != wheel.sha256:
            raise WheelDamaged(wheel.filename, wheel.sha256, found, str(self.path(wheel).parent))

    def forget(self, wheel: LockedWheel) -> None:
        """Remove one, such as a damaged one that is to be fetched again."""
        shutil.rmtree(self.folder / wheel.sha256, ignore_errors=True)

    def sweep(self, locks: Collection[Lock]) -> tuple[str, ...]:
        """Remove what none of ``locks`` needs and what was left half written; answers the names of the wheels."""
        needed = frozenset[str]().union(*(lock.hashes for lock in locks))
        return tuple(sorted(self._removed(needed)))

    def _removed(self, needed: frozenset[str]) -> Iterator[str]:
        if not self.folder.is_dir():
            return
        for each in self.folder.iterdir():
            if each.name.endswith(PART):
                with suppress(OSError):
                    each.unlink()
            elif len(each.name) == 64 and not set(each.name) - _DIGITS and each.name not in needed:
                yield from (file.name for file in each.iterdir())
                shutil.rmtree(each, ignore_errors=True)


def file_hash(file: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
