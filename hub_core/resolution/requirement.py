"""What one ``Requires-Dist`` asks for here and now: its markers decided, its extras told apart.

The same few texts stand in every module, so each is read once and kept by its text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from ..manifest import TextInvalid, range_text, read_requirement, read_version

_EXTRA_NAMES: Final = re.compile(r"""['"]([A-Za-z0-9._-]+)['"]""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One requirement on ``distribution`` (normalised name) in ``range``, with its ``extras``.

    ``always`` tells that it holds as it is; else it stands under one of the extras in ``under``, or, when that is empty,
    under a marker that does not hold here. ``by_url`` tells that it names a place instead of a range.
    """

    distribution: str
    range: SpecifierSet
    extras: tuple[str, ...]
    always: bool
    under: frozenset[str]
    by_url: bool

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.distribution}{extras}{range_text(self.range)}"

    def holds_for(self, version: str) -> bool:
        """Whether ``version`` is in the range; pre-releases count, for somebody installed this one on purpose."""
        try:
            return self.range.contains(read_version(version), prereleases=True)
        except TextInvalid:  # an old distribution may have a version that is none: only no range at all accepts it
            return not self.range


@lru_cache(maxsize=32768)
def asked(text: str) -> Asked:
    """Read one requirement; :class:`TextInvalid` when the text or its marker has no meaning."""
    requirement = read_requirement(text)
    always, under = _conditions(requirement)
    return Asked(
        distribution=canonicalize_name(requirement.name),
        range=requirement.specifier,
        extras=tuple(sorted(map(canonicalize_name, requirement.extras))),
        always=always,
        under=under,
        by_url=requirement.url is not None,
    )


def _conditions(requirement: Requirement) -> tuple[bool, frozenset[str]]:
    """Whether it holds without any extra, and the extras it holds under, as pip decides it."""
    marker = requirement.marker
    if marker is None:
        return True, frozenset()
    try:
        if marker.evaluate({"extra": ""}):
            return True, frozenset()
        text = str(marker)
        names = {canonicalize_name(name) for name in _EXTRA_NAMES.findall(text)} if "extra" in text else ()
        return False, frozenset(name for name in names if marker.evaluate({"extra": name}))
    except (UndefinedComparison, UndefinedEnvironmentName, ValueError, AssertionError) as error:
        raise TextInvalid(f"the marker of {requirement} has no meaning: {error}") from error


def excludes(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Whether no version is in both ranges; of ``===``, which compares texts, nobody can tell."""
    try:
        return one.is_disjoint(other)
    except ValueError:
        return False


def is_empty(versions: SpecifierSet) -> bool:
    """Whether no version is in the range, as far as anybody can tell."""
    try:
        return versions.is_unsatisfiable()
    except ValueError:
        return False


def narrowed(ranges: Iterable[SpecifierSet]) -> SpecifierSet:
    """The versions that all ``ranges`` allow, with only the narrowest of their plain bounds."""
    clauses = {clause for each in ranges for clause in each}
    lower = [clause for clause in clauses if clause.operator in (">=", ">")]
    upper = [clause for clause in clauses if clause.operator in ("<=", "<")]
    kept = {
        *sorted(lower, key=lambda clause: (read_version(clause.version), clause.operator == ">"))[-1:],
        *sorted(upper, key=lambda clause: (read_version(clause.version), clause.operator == "<="))[:1],
    }
    return SpecifierSet(",".join(map(str, clauses - set(lower) - set(upper) | kept)))
