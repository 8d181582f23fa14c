"""Which versions would come: few questions to the installer, whatever the number of modules.

First what was asked for alone, which tells the versions that would come; every installed module is held against them here.
Only where one refuses, a second question lets those move that do, and leaves out what no release fits of; the others stay
where they are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ...packages import PackageNotFound, PackagesConflict, Rehearsal, Rehearsed
from ...planning import own_reasons
from ...resolution import Reason
from .preflight_ground import Ground

_MOST_ASKED_ALONE: Final = 20
"""Modules that no release seemed to fit of and that are asked for once more, one by one."""
_NO_ANSWER: Final = (PackagesConflict, PackageNotFound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Versions of what was chosen. ``newest`` are those of the targets alone, where they were not chosen for ``because``."""

    versions: Mapping[str, str]
    absent: frozenset[str] = frozenset()
    newest: Mapping[str, str] = field(default_factory=dict)
    because: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    failed: PackagesConflict | PackageNotFound | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSearch:
    """One search. ``wanted`` are the lines that were asked for, ``others`` what else must stay possible beside modules.

    ``movable`` are the distributions of modules that can be asked about: not those that cannot run as it is.
    """

    ground: Ground
    rehearsal: Rehearsal
    named: frozenset[str]
    wanted: tuple[str, ...]
    others: tuple[str, ...]
    movable: Mapping[str, str]
    is_exact: bool

    def everything(self) -> Outcome:
        """The newest of all that fits together; what no release fits of is left out."""
        lines = (*self.movable.values(), *self.others)
        try:
            return Outcome(versions=self.rehearsal.answer(lines, free=None).versions)
        except _NO_ANSWER:
            pass
        try:
            found = self.rehearsal.answer(lines, free=None, leaving=self.movable)
        except _NO_ANSWER as error:
            return Outcome(versions={}, failed=error)
        return Outcome(versions=found.versions, absent=found.absent)

    def asked_for(self) -> Outcome:
        """What was asked for, and of the others as few moved as there have to be."""
        asked = (*self.wanted, *self.others)
        try:
            alone = self.rehearsal.answer(asked, free=self.named, asked=self.named)
        except _NO_ANSWER as error:
            return Outcome(versions={}, failed=error)
        refusing = self.ground.worse(alone.versions, alone.versions.keys())
        if not refusing:
            return Outcome(versions=alone.versions)
        if not self.is_exact and (fitting := self._fitting(asked)) is not None:
            return Outcome(versions=fitting.versions, newest=alone.versions, because=refusing)
        return self._made_to_fit(asked, alone, refusing)

    def _fitting(self, asked: Sequence[str]) -> Rehearsed | None:
        """The newest of what was asked for that every module accepts as it is."""
        lines = (*asked, *self.movable.values())
        try:
            found = self.rehearsal.answer(lines, free=self.named, fixed=self.movable, asked=self.named)
        except _NO_ANSWER:
            return None
        return None if self.ground.worse(found.versions, found.versions.keys()) else found

    def _made_to_fit(self, asked: Sequence[str], alone: Rehearsed, refusing: Mapping[str, Sequence[Reason]]) -> Outcome:
        """Let modules that refuse move, and leave out what no release fits of."""
        moving = {name for name, version in alone.versions.items() if self._is_moved(name, version)}
        lines = (*asked, *self.movable.values())
        free = {*self.named, *moving, *refusing}

        def answer(free: Collection[str], leaving: Collection[str]) -> Rehearsed | None:
            try:
                return self.rehearsal.answer(lines, free=free, leaving=leaving, asked=self.named)
            except _NO_ANSWER:
                return None

        best = answer(free, self.movable)
        if best is None:  # what was asked for fits alone: then no module fits beside it
            return Outcome(versions=alone.versions, absent=frozenset(refusing) & self.movable.keys())
        if best.absent:
            every = answer(free, ()) if len(best.absent) > 1 else None
            best = every or self._without_less(best, own_reasons(refusing), free, answer)
        behind = refusing.keys() - own_reasons(refusing).keys() - best.absent
        if any(self._is_moved(name, best.versions.get(name, "")) for name in behind):
            again = answer(free - behind, self.movable)
            best = again if again is not None and again.absent <= best.absent else best
        return Outcome(versions=best.versions, absent=best.absent)

    def _without_less(self, best: Rehearsed, own: Collection[str], free: Collection[str], answer: Any) -> Rehearsed:
        """A tool decides one after the other, so one more may fit than its first answer has; asked for each by itself."""
        for name in sorted(best.absent & {*own})[:_MOST_ASKED_ALONE]:
            found: Rehearsed | None = answer(free, self.movable.keys() - {name})
            if found is not None and len(found.absent) < len(best.absent):
                best = found
        return best

    def _is_moved(self, name: str, version: str) -> bool:
        present = self.rehearsal.present.get(name)
        return bool(version) and (present is None or present.version != version)
