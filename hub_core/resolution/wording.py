"""Say each fact in one sentence and one remedy: who needs what, where that stands, what is installed, what mends it."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from ..catalog import FoundDistribution, FoundModule, Reason
from ..manifest import TextInvalid, range_text
from .closure import CONTRACT_DISTRIBUTION
from .requirement import Asked, asked, excludes, is_empty, narrowed
from .unmet import Unmet

_Claim = tuple[str, Asked]
"""A distribution and what it asks for."""
_NAME: Final = re.compile(r"[A-Za-z0-9._-]*")
_MOST_RANGES: Final = 50
_MOST_CLAUSES: Final = 30
_LONGEST_RANGE: Final = 20
"""Clauses of one range that is held against others, which takes long for many."""
_MOST_BETWEEN: Final = 5
_LONGEST_VERSION: Final = 80


class Wording:
    """Words the reasons of one environment; it knows who else asks for the same distribution.

    ``coming`` are the distributions that are not there yet in the versions they are judged in.
    """

    def __init__(
        self,
        distributions: Mapping[str, FoundDistribution],
        refused: Mapping[str, Sequence[Reason]],
        coming: Collection[str] = (),
    ) -> None:
        self._distributions, self._refused, self._coming = distributions, refused, coming
        self._texts: dict[str, list[tuple[str, str]]] | None = None
        self._known: dict[str, tuple[_Claim, ...]] = {}

    def unmet(self, found: FoundModule, unmet: Unmet, extra: str = "") -> Reason:
        """Why ``found`` cannot run beside what is installed; under ``extra`` it asks only because the other one runs."""
        reason = self._worded(found, unmet, extra)
        return replace(reason, clause=f"{unmet.asked} of {unmet.by or found.distribution}")

    def _worded(self, found: FoundModule, unmet: Unmet, extra: str) -> Reason:
        needs = f"needs {unmet.asked} ({self._standing(found, unmet, extra)})"
        match unmet.kind:
            case "contract":
                return self._contract(found, unmet)
            case "python":
                return self._python(found, unmet)
            case "refused":
                clash, *_ = self._refused[unmet.asked.distribution]
                return Reason(
                    code="requirement_blocked", text=f"{needs}, which is refused: {clash.text}", remedy=clash.remedy
                )
            case "unreadable":
                return Reason(
                    code="requirement_unusable",
                    text=f"{needs}, which is installed, but {self._distributions[unmet.asked.distribution].fault}",
                    remedy=f"pip install --force-reinstall {unmet.asked.distribution}",
                )
            case "endless":
                return Reason(
                    code="requirement_endless",
                    text=f"{needs}, behind which lie more requirements than the hub follows",
                    remedy=f"Look at what pulls them in: pip show {unmet.asked.distribution}",
                )
            case "missing":
                return Reason(
                    code="missing_requirement",
                    text=f"{needs}, which is not installed",
                    remedy=f"Install {unmet.asked.distribution} from the URL in the metadata of {unmet.by or found.distribution}"
                    if unmet.asked.by_url
                    else self._install(found, unmet),
                )
        return self._version(found, unmet, needs, extra)

    def _standing(self, found: FoundModule, unmet: Unmet, extra: str) -> str:
        by = unmet.by or found.distribution
        version = found.version if by == found.distribution else self._version_of(by)
        under = f" under its extra {extra}" if extra else ""
        between = unmet.through[:-1]
        way = f", which it needs through {_and(between)}" if between else ", which it needs" if unmet.by else ""
        return f"Requires-Dist of {by} {version}{under}{way}"

    def _version_of(self, distribution: str) -> str:
        return _cut(self._distributions[distribution].version)

    def _version(self, found: FoundModule, unmet: Unmet, needs: str, extra: str) -> Reason:
        is_coming = unmet.asked.distribution in self._coming
        text = f"{needs}, but {_cut(unmet.installed)} {'would come' if is_coming else 'is installed'}"
        if opponent := self._opponent(found, unmet):
            other, claim = opponent
            return Reason(
                code="version_conflict",
                text=f"{text}, and {other} {self._version_of(other)} needs {claim}; no version suits both",
                remedy=f"pip install --upgrade {unmet.by or found.distribution} {other}",
            )
        if extra:
            text = f"{needs}, but {_cut(unmet.installed)} runs beside it"
            return Reason(code="optional_mismatch", text=text, remedy=self._install(found, unmet))
        return Reason(code="version_mismatch", text=text, remedy=self._install(found, unmet))

    def _install(self, found: FoundModule, unmet: Unmet) -> str:
        """The command that brings a version which suits everybody who asks for it."""
        wanted = unmet.asked
        ranges = {wanted.range, *(claim.range for _, claim in self._claims(wanted.distribution))}
        both = narrowed(ranges) if sum(map(len, ranges)) <= _MOST_CLAUSES else wanted.range
        if len(both) > _MOST_CLAUSES or is_empty(both):
            both = wanted.range
        extras = f"[{','.join(wanted.extras)}]" if wanted.extras else ""
        return f"pip install '{wanted.distribution}{extras}{range_text(both)}'"

    def _opponent(self, found: FoundModule, unmet: Unmet) -> _Claim | None:
        """Who asks for versions of the same distribution that this requirement excludes."""
        mine = unmet.by or found.distribution
        if len(unmet.asked.range) > _LONGEST_RANGE:
            return None
        others = [claim for claim in self._claims(unmet.asked.distribution) if claim[0] != mine]
        for other, claim in others:
            if excludes(claim.range, unmet.asked.range):
                return other, claim
        together = narrowed({unmet.asked.range, *(claim.range for _, claim in others)}) if others else SpecifierSet()
        return others[0] if len(together) <= _MOST_CLAUSES and is_empty(together) else None

    def _claims(self, distribution: str) -> Sequence[_Claim]:
        """Who asks for ``distribution`` whatever its extras, by name: of those that ask for the same range the first two."""
        known = self._known.get(distribution)
        if known is None:
            known = self._known[distribution] = tuple(self._read_claims(distribution))
        return known

    def _read_claims(self, distribution: str) -> Iterator[_Claim]:
        claimants: dict[SpecifierSet, set[str]] = {}
        for name, text in self._by_required().get(distribution, ()):
            try:
                wanted = asked(text)
            except TextInvalid:
                continue
            alike = claimants.setdefault(wanted.range, set())
            if wanted.always and name not in alike and len(alike) < 2 and len(wanted.range) <= _LONGEST_RANGE:
                alike.add(name)
                yield name, wanted
            if len(claimants) > _MOST_RANGES:
                return

    def _by_required(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Every requirement, and whose it is, by the distribution it names; gathered when first asked for."""
        if self._texts is None:
            self._texts = {}
            for name in sorted(self._distributions):
                for text in self._distributions[name].requires:
                    self._texts.setdefault(canonicalize_name(_name_in(text)), []).append((name, text))
        return self._texts

    def _contract(self, found: FoundModule, unmet: Unmet) -> Reason:
        by = unmet.by or found.distribution
        upgrade = by if excludes(unmet.asked.range, SpecifierSet(f">{unmet.installed}")) else "hub-core"
        return Reason(
            code="contract_mismatch",
            text=f"needs hook contract {range_text(unmet.asked.range)} ({self._standing(found, unmet, '')}); "
            f"{'the hub would speak' if CONTRACT_DISTRIBUTION in self._coming else 'this hub speaks'} {unmet.installed}",
            remedy=f"pip install --upgrade {upgrade}",
        )

    def _python(self, found: FoundModule, unmet: Unmet) -> Reason:
        by = unmet.by or found.distribution
        wanted = range_text(unmet.asked.range)
        whose = f"{by} {self._version_of(by)}" if unmet.by else str(found.version)
        way = f", which it needs through {_and(unmet.through[:-1])}," if unmet.through[:-1] else ""
        needs = f"needs {whose}{way}, and that needs Python {wanted}" if unmet.by else f"needs Python {wanted}"
        return Reason(
            code="python_mismatch",
            text=f"{needs} (Requires-Python of {whose if unmet.by else f'{by} {whose}'}); this is Python {unmet.installed}",
            remedy=f"Run the hub with Python {wanted}, or pip install --upgrade {by} for a release that runs on this one",
        )


def _name_in(text: str) -> str:
    """The name at the beginning of a requirement."""
    match = _NAME.match(text)
    return match[0] if match else ""


def _and(names: Sequence[str]) -> str:
    if len(names) > _MOST_BETWEEN:
        names = (*names[:3], f"{len(names) - 4} more", names[-1])
    return " and ".join(names)


def _cut(version: str) -> str:
    """Versions of libraries are texts that nobody has checked."""
    return version if len(version) <= _LONGEST_VERSION else f"{version[: _LONGEST_VERSION - 1]}…"
