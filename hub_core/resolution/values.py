"""The answer of a resolution, as values."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..catalog import Finding, FoundModule, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What runs together: ``order`` and ``modules`` hold the same names, requirements first.

    ``chosen`` is the module that bears each name, whether it can run or not.
    ``requires`` names for each module, also a blocked one, the modules it cannot do without, by requirement or extension
    point; ``follows`` those it is only ordered behind. ``reasons`` says of each blocked name why. ``refused`` says it of
    each distribution that is not the chosen one of its module's name: of two that claim it, the recorded one may run and
    the other is only here. ``wanted`` are the names that shall run, with the glue that follows from them. ``findings``
    are what nobody can judge, such as a requirement by URL.
    """

    order: tuple[str, ...]
    modules: Mapping[str, FoundModule]
    chosen: Mapping[str, FoundModule]
    requires: Mapping[str, frozenset[str]]
    follows: Mapping[str, frozenset[str]]
    reasons: Mapping[str, tuple[Reason, ...]]
    refused: Mapping[str, tuple[Reason, ...]]
    wanted: frozenset[str]
    findings: tuple[Finding, ...]

    def reasons_of(self, found: FoundModule) -> tuple[Reason, ...]:
        """Why this very distribution's module cannot run; empty when it can."""
        return self.refused.get(found.distribution) or self.reasons.get(found.name, ())
