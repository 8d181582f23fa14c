"""What somebody asks for: requirements, wheel files, local projects; and what then shall be installed, before it is fetched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import unquote

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ..manifest import read_requirement
from .failures import SourceMissing
from .lock import THIS_PYTHON, Lock, LockedPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that shall be there, with whatever it needs. Each wheel and project is taken as it is now."""

    requirements: tuple[str, ...] = ()
    wheels: tuple[Path, ...] = ()
    projects: tuple[Path, ...] = ()
    editables: tuple[Path, ...] = ()

    @classmethod
    def of(cls, lock: Lock) -> Self:
        """What was asked for when ``lock`` was made; each editable project stays as the lock has it."""
        return cls(requirements=lock.roots)

    def with_requirements(self, requirements: Iterable[str]) -> Self:
        """These too; each replaces what was asked for under its name."""
        new = tuple(requirements)
        named = {root_name(text) for text in new}
        kept = (text for text in self.requirements if root_name(text) not in named)
        return replace(self, requirements=(*kept, *new))

    def keeping(self, names: Iterable[str]) -> Self:
        """These too, where nobody asks for them yet: in whichever release goes with the others."""
        asked = {root_name(text) for text in self.requirements}
        return replace(self, requirements=(*self.requirements, *sorted({*map(canonicalize_name, names)} - asked)))

    def without(self, names: Iterable[str]) -> Self:
        """Not asking for these any more; what else needs them still brings them."""
        gone = {canonicalize_name(name) for name in names}
        return replace(self, requirements=tuple(text for text in self.requirements if root_name(text) not in gone))

    def check(self) -> None:
        """:raises SourceMissing: when a file or a project is not there."""
        for wheel in self.wheels:
            if not wheel.is_file():
                raise SourceMissing("wheel", wheel)
        for project in (*self.projects, *self.editables):
            if not (project / "pyproject.toml").is_file() and not (project / "setup.py").is_file():
                raise SourceMissing("project", project)


def root_name(requirement: str) -> str:
    """The normalised name a requirement begins with."""
    return canonicalize_name(read_requirement(requirement).name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPackage:
    """One release that shall be installed, and where it is: kept from the lock before, a file behind ``url``, or a project.

    ``sha256`` is that of the file, empty where only the file itself can tell. ``version`` is empty where only building the
    project will.
    """

    name: str
    version: str
    url: str = ""
    sha256: str = ""
    project: Path | None = None
    editable: bool = False
    kept: LockedPackage | None = None

    @property
    def filename(self) -> str:
        """What the file is called."""
        return unquote(self.url.partition("#")[0].partition("?")[0].rpartition("/")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChange:
    """What moves: from no version to one, from one to another, or from one to none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The answer of a dry run: nothing was installed, and no environment was touched.

    ``files`` are the names of what was asked for as a wheel file or a project.
    """

    packages: tuple[ResolvedPackage, ...]
    roots: tuple[str, ...]
    files: frozenset[str] = frozenset()
    python: str = THIS_PYTHON
    changes: tuple[PackageChange, ...] = ()


def changes_of(before: Lock, after: Lock) -> tuple[PackageChange, ...]:
    """What moves from one lock to another."""
    versions = [{name: each.version for name, each in lock.by_name.items()} for lock in (before, after)]
    return changes_between(*versions)


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[PackageChange, ...]:
    """Every name whose version is not the same in both."""
    names = sorted(before.keys() | after.keys())
    moved = (PackageChange(name=name, before=before.get(name), after=after.get(name)) for name in names)
    return tuple(change for change in moved if change.before != change.after)


def wheel_identity(filename: str) -> tuple[str, str] | None:
    """Normalised name and version of a wheel by its filename; ``None`` for what is no wheel."""
    try:
        name, version, _, _ = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return None
    return str(name), str(version)
