"""The answer of a resolution, as values."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..catalog import FoundModule, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What runs together: ``order`` and ``modules`` hold the same names, requirements first.

    ``requires`` names for each of them the modules it cannot do without, by requirement or extension point.
    ``reasons`` says of each blocked name why. ``refused`` says it of each distribution that is not the chosen one of
    its module's name: of two that claim it, the recorded one may run and the other is only here.
    """

    order: tuple[str, ...]
    modules: Mapping[str, FoundModule]
    requires: Mapping[str, frozenset[str]]
    reasons: Mapping[str, tuple[Reason, ...]]
    refused: Mapping[str, tuple[Reason, ...]]

    def reasons_of(self, found: FoundModule) -> tuple[Reason, ...]:
        """Why this very distribution's module cannot run; empty when it can, or is only disabled."""
        return self.refused.get(found.distribution) or self.reasons.get(found.name, ())
