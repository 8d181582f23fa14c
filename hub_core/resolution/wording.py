"""Say each fact in one sentence and one remedy: who needs what, where that stands, what is installed, what mends it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from ..catalog import FoundDistribution, FoundModule, Reason
from ..manifest import TextInvalid, range_text
from .requirement import Asked, asked, narrowed
from .unmet import Unmet

_Claim = tuple[str, Asked]
"""A distribution and what it asks for."""


class Wording:
    """Words the reasons of one environment; it knows who else asks for the same distribution."""

    def __init__(self, distributions: Mapping[str, FoundDistribution]) -> None:
        self._distributions = distributions

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
                return Reason(
                    code="requirement_blocked",
                    text=f"{needs}, which is refused: another distribution claims the name {unmet.module} too",
                    remedy=f"See which one runs: hub show {unmet.module}",
                )
            case "missing":
                return Reason(
                    code="missing_requirement",
                    text=f"{needs}, which is not installed",
                    remedy=self._install(found, unmet),
                )
        return self._version(found, unmet, needs, extra)

    def _standing(self, found: FoundModule, unmet: Unmet, extra: str) -> str:
        by = unmet.by or found.distribution
        version = self._distributions[by].version if by in self._distributions else found.version
        under = f" under its extra {extra}" if extra else ""
        between = unmet.through[:-1]
        way = f", which it needs through {' and '.join(between)}" if between else ", which it needs" if unmet.by else ""
        return f"Requires-Dist of {by} {version}{under}{way}"

    def _version(self, found: FoundModule, unmet: Unmet, needs: str, extra: str) -> Reason:
        text = f"{needs}, but {unmet.installed} is installed"
        if opponent := self._opponent(found, unmet):
            other, claim = opponent
            return Reason(
                code="version_conflict",
                text=f"{text}, and {other} {self._distributions[other].version} needs {claim}; no version suits both",
                remedy=f"pip install --upgrade {unmet.by or found.distribution} {other}, which looks for releases that agree; "
                f"or pip uninstall {found.distribution}",
            )
        if extra:
            remedy = f"{self._install(found, unmet)}, or disable {unmet.module}"
            return Reason(code="optional_mismatch", text=f"{text} and enabled", remedy=remedy)
        return Reason(code="version_mismatch", text=text, remedy=self._install(found, unmet))

    def _install(self, found: FoundModule, unmet: Unmet) -> str:
        """The command that brings a version which suits everybody who asks for it."""
        wanted = unmet.asked
        ranges = [wanted.range, *(claim.range for _, claim in self._claims(wanted.distribution))]
        both = narrowed(ranges)
        if both.is_unsatisfiable():
            both = wanted.range
        extras = f"[{','.join(wanted.extras)}]" if wanted.extras else ""
        return f"pip install '{wanted.distribution}{extras}{range_text(both)}'"

    def _opponent(self, found: FoundModule, unmet: Unmet) -> _Claim | None:
        """Who asks for versions of the same distribution that this requirement excludes."""
        mine = unmet.by or found.distribution
        for other, claim in self._claims(unmet.asked.distribution):
            if other != mine and claim.range.is_disjoint(unmet.asked.range):
                return other, claim
        return None

    def _claims(self, distribution: str) -> Iterator[_Claim]:
        """Every installed distribution that asks for ``distribution`` whatever its extras, by name."""
        for name in sorted(self._distributions):
            for text in self._distributions[name].requires:
                if canonicalize_name(_name_in(text)) == distribution:
                    try:
                        wanted = asked(text)
                    except TextInvalid:
                        continue
                    if wanted.always:
                        yield name, wanted

    def _contract(self, found: FoundModule, unmet: Unmet) -> Reason:
        by = unmet.by or found.distribution
        upgrade = by if unmet.asked.range.is_disjoint(SpecifierSet(f">{unmet.installed}")) else "hub-core"
        return Reason(
            code="contract_mismatch",
            text=f"needs hook contract {range_text(unmet.asked.range)} ({self._standing(found, unmet, '')}); "
            f"this hub speaks {unmet.installed}",
            remedy=f"pip install --upgrade {upgrade}, for a release that agrees",
        )

    def _python(self, found: FoundModule, unmet: Unmet) -> Reason:
        by = unmet.by or found.distribution
        wanted = range_text(unmet.asked.range)
        whose = f"{by} {self._distributions[by].version}" if unmet.by else str(found.version)
        way = f", which it needs through {' and '.join(unmet.through[:-1])}," if unmet.through[:-1] else ""
        needs = f"needs {whose}{way}, and that needs Python {wanted}" if unmet.by else f"needs Python {wanted}"
        return Reason(
            code="python_mismatch",
            text=f"{needs} (Requires-Python of {whose if unmet.by else f'{by} {whose}'}); this is Python {unmet.installed}",
            remedy=f"Run the hub with Python {wanted}, or pip install --upgrade {by} for a release that runs on this one",
        )


def _name_in(text: str) -> str:
    """The name at the beginning of a requirement."""
    end = next((place for place, letter in enumerate(text) if not (letter.isalnum() or letter in "._-")), len(text))
    return text[:end]
