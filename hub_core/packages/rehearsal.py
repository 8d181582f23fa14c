"""Ask the tool what would be chosen, again and again with other conditions; no file but metadata is read.

Two kinds of *stand-in*, wheels that hold metadata only, are laid beside the source for that. One for each release that is
installed, so that it can be chosen whether or not the source still has it. And one for each distribution that may be left
out: lower than any release and asking for nothing, so that a tool takes it exactly when no release fits. So one question
finds all that cannot come along, where a plain one ends at the first. No stand-in leaves the rehearsal.
"""

import re
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from packaging.version import InvalidVersion, Version

from ..manifest import TextInvalid, read_requirement
from .bench import Question
from .failures import PackageNotFound, PackagesConflict
from .workshops import Workshop

ABSENT: Final = "0+absent"
_MOST_OLDER: Final = 8
_EXTRA: Final = re.compile(r"""extra\s*==\s*['"]([A-Za-z0-9._-]+)['"]""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One installed release as its metadata tells it; ``name`` is normalised."""

    name: str
    version: str
    requires: tuple[str, ...] = ()
    requires_python: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """Version by name of all that was chosen, without ``absent``, the names that no release fits of."""

    versions: Mapping[str, str]
    absent: frozenset[str] = frozenset()


@dataclass(slots=True)
class Rehearsal:
    """Questions about one environment.

    :param present: what is installed.
    :param optional: the distributions that may be left out, where a question allows it.
    """

    at: Workshop
    present: Mapping[str, Release]
    optional: frozenset[str]
    _links: tuple[Path, ...] = field(init=False)

    def __post_init__(self) -> None:
        installed, absent = self.at.bench.aside(), self.at.bench.aside()
        for release in self.present.values():
            _stand_in(installed, release)
        for name in self.optional:
            _stand_in(absent, Release(name=name, version=ABSENT))
        self._links = (installed, absent)

    def answer(
        self,
        lines: Sequence[str],
        *,
        free: Collection[str] | None,
        fixed: Collection[str] = (),
        leaving: Collection[str] = (),
        asked: Collection[str] = (),
    ) -> Rehearsed:
        """What would be chosen for the requirements in ``lines``.

        :param free: the names that may change their version; ``None``: all. Of the others those change that are in the way.
        :param fixed: the names that never do.
        :param leaving: those of ``optional`` that are left out when no release fits.
        :param asked: the names whose version may also go down.
        :raises PackagesConflict, PackageNotFound: when there is no answer even so.
        """
        older: dict[str, set[str]] = {}
        while True:
            found = self._answered(lines, free, fixed, leaving, older)
            absent = frozenset(name for name, version in found.items() if version == ABSENT)
            down = {
                name: found[name]
                for name in self.optional & found.keys() - absent - {*asked}
                if self._is_older(name, found[name]) and len(older.get(name, ())) < _MOST_OLDER
            }
            if not down:
                chosen = {name: version for name, version in found.items() if name not in absent}
                return Rehearsed(versions=chosen, absent=absent)
            for name, version in down.items():
                older.setdefault(name, set()).add(version)

    def missing(self, names: Iterable[str]) -> frozenset[str]:
        """Which of ``names``, all of them optional, the source has no release of that this Python can run."""
        question = Question(requirements=tuple(names), kept=self._links[1:], is_alone=True)
        found = self.at.installer.choose(question, self.at.bench)
        return frozenset(name for name, version in found.items() if version == ABSENT)

    def _answered(
        self,
        lines: Sequence[str],
        free: Collection[str] | None,
        fixed: Collection[str],
        leaving: Collection[str],
        older: Mapping[str, Collection[str]],
    ) -> Mapping[str, str]:
        pinned = set() if free is None else self.present.keys() - {*free}
        while True:
            question = Question(
                requirements=tuple(lines),
                constraints=tuple(self._constraints(pinned, leaving, older)),
                kept=self._links if leaving else self._links[:1],
            )
            try:
                return self.at.installer.choose(question, self.at.bench)
            except (PackagesConflict, PackageNotFound) as error:
                movable = pinned - {*fixed}
                if not movable:
                    raise
                named = named_in(error, movable)
                pinned -= named or movable

    def _constraints(
        self, pinned: Collection[str], leaving: Collection[str], older: Mapping[str, Collection[str]]
    ) -> Iterable[str]:
        for name in sorted(pinned):
            yield f"{name}=={self.present[name].version}"
        if leaving:
            yield from (f"{name}!={ABSENT}" for name in sorted(self.optional - {*leaving} - {*pinned}))
        yield from (f"{name}!={version}" for name, versions in older.items() for version in sorted(versions))

    def _is_older(self, name: str, version: str) -> bool:
        try:
            return name in self.present and Version(version) < Version(self.present[name].version)
        except InvalidVersion:
            return False


def named_in(error: PackagesConflict | PackageNotFound, names: Collection[str]) -> set[str]:
    """Which of ``names`` an error speaks of."""
    said = re.split(r"[^a-z0-9-]+", f"{error.problem} {error.cause}".lower().replace("_", "-").replace(".", "-"))
    return {name for name in names if name in said}


def _stand_in(folder: Path, release: Release) -> None:
    """Write a wheel with the metadata of ``release``; none where a tool could not read it."""
    try:
        version = str(Version(release.version))
    except InvalidVersion:
        return
    requires = [text for text in release.requires if _is_readable(text)]
    extras = sorted({extra for text in requires for extra in _EXTRA.findall(text)})
    header = [f"Metadata-Version: 2.1\nName: {release.name}\nVersion: {version}"]
    header += [f"Requires-Python: {release.requires_python}"] if release.requires_python else []
    header += [f"Provides-Extra: {extra}" for extra in extras]
    header += [f"Requires-Dist: {text}" for text in requires]
    stem = f"{release.name.replace('-', '_')}-{version}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", "\n".join([*header, ""]))
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")


def _is_readable(text: str) -> bool:
    try:
        read_requirement(text)
    except TextInvalid:
        return False
    return "\n" not in text
