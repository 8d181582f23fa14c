"""A lock: exactly which wheels make an environment, as a value. Two environments of one lock hold the same files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from sys import version_info
from typing import Final

THIS_PYTHON: Final = f"{version_info.major}.{version_info.minor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedWheel:
    """A wheel by its name and its SHA-256; where it came from does not matter any more."""

    filename: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One distribution of an environment; ``name`` is normalised.

    ``project`` is the folder of a project that is installed editable. Its files are in no wheel and have no hash; the
    wheel then holds its metadata and the link to the folder.
    """

    name: str
    version: str
    wheel: LockedWheel
    project: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """All of an environment, sorted by name. ``roots`` are the requirements somebody asked for; the rest came with them."""

    packages: tuple[LockedPackage, ...]
    roots: tuple[str, ...] = ()
    python: str = THIS_PYTHON

    @property
    def by_name(self) -> Mapping[str, LockedPackage]:
        """The packages by normalised name."""
        return {package.name: package for package in self.packages}

    @property
    def digest(self) -> str:
        """What is in an environment, the same on every machine: SHA-256 over Python and each wheel, in hexadecimal digits.

        An editable project counts by its name alone: its wheel holds where the project lies on this machine.
        """
        lines = sorted(f"{each.name} {'editable' if each.project else each.wheel.sha256}" for each in self.packages)
        return hashlib.sha256("\n".join([self.python, *lines]).encode()).hexdigest()

    @property
    def hashes(self) -> frozenset[str]:
        """The wheels it needs."""
        return frozenset(package.wheel.sha256 for package in self.packages)
