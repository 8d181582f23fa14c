"""Say of every module what an upgrade would mean for it: ask the installer from metadata alone, and judge the answers.

Few questions, whatever the number of modules. First what was asked for alone, which tells the versions that would come;
every installed module is held against them here. Only where one refuses, a second question lets those move that do, and
leaves out what no release fits of; the others stay where they are.
"""

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name

from ..catalog import Catalog, Finding
from ..errors import HubError
from ..manifest import read_requirement
from ..packages import (
    Asked,
    Environments,
    OnProgress,
    PackageChange,
    PackageNotFound,
    PackagesConflict,
    Progress,
    Rehearsal,
    Rehearsed,
    Release,
    Workshop,
    changes_between,
    normal_version,
    requirement_lines,
    root_name,
    workshop,
)
from ..planning import (
    Foreseen,
    ListedModule,
    Target,
    as_it_would_be,
    foreseen,
    listing,
    own_reasons,
    spoken_contract,
    worsened,
)
from ..resolution import CONTRACT_DISTRIBUTION, Reason
from ..resolution import asked as asked_by
from ..settings import HubSettings
from .document_file import written
from .installed import installed_catalog
from .recorded_state import RecordedState, recorded_state
from .resolving import resolved
from .targets import Targets, targets

CORE: Final = "hub-core"
_MOST_ASKED_ALONE: Final = 20
"""Modules that no release seemed to fit of and that are asked for once more, one by one."""
_NO_ANSWER: Final = (PackagesConflict, PackageNotFound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What an upgrade would come to: what was asked for, every module, whatever else moves.

    ``without_database`` says why the database could not be read, so that nothing recorded counted.
    """

    targets: tuple[Target, ...]
    modules: tuple[Foreseen, ...]
    changes: tuple[PackageChange, ...]
    findings: tuple[Finding, ...] = ()
    without_database: str = ""

    @property
    def is_no(self) -> bool:
        """Whether what was asked for cannot be had, or costs a module."""
        return any(target.after is None for target in self.targets) or any(line.stands_against for line in self.modules)

    def as_json(self) -> dict[str, Any]:
        """The object of ``hub upgrade --dry-run --json``."""
        return {
            "ok": not self.is_no,
            "targets": [target.as_json() for target in self.targets],
            "modules": [line.as_json() for line in self.modules],
            "changes": [{"name": each.name, "before": each.before, "after": each.after} for each in self.changes],
            "findings": [finding.as_json() for finding in self.findings],
        }


def preflight(settings: HubSettings, texts: Sequence[str], *, on_progress: OnProgress) -> Preflight:
    """Look what upgrading ``texts``, or all where there are none, would mean. Changes nothing, here or in an environment.

    Works in an environment of the hub as in one that was made by hand.

    :raises TargetInvalid: for a text that names nothing.
    :raises HubError: when the source cannot be read.
    """
    catalog = installed_catalog(settings)
    ground = _Ground.read(settings, catalog)
    with _rehearsing(settings, on_progress) as (at, before):
        found = targets(texts, catalog, before=before)
        found.asked.check()
        on_progress(Progress(stage="resolve", text=", ".join(texts)))
        return _Looking.of(ground, at, found, before, is_all=not texts).look()


@contextmanager
def _rehearsing(settings: HubSettings, on_progress: OnProgress) -> Iterator[tuple[Workshop, Asked]]:
    """A workshop, and what was asked for so far. In an environment made by hand nothing is left of it."""
    environment = Environments(settings.state_folder).running_in()
    if environment is not None:
        with workshop(settings, on_progress=on_progress) as at:
            yield at, Asked.of(environment.lock)
        return
    with tempfile.TemporaryDirectory(prefix="hub-preflight-") as made:
        aside = settings.model_copy(update={"state_dir": Path(made)})
        with workshop(aside, on_progress=on_progress) as at:
            yield at, Asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What modules are judged on: the disk, what is recorded and wished."""

    settings: HubSettings
    catalog: Catalog
    known: RecordedState | None
    lacking: str
    modules: tuple[ListedModule, ...] = ()
    before: tuple[ListedModule, ...] = ()

    @classmethod
    def read(cls, settings: HubSettings, catalog: Catalog) -> "_Ground":
        known, lacking = None, ""
        try:
            known = recorded_state(settings)
        except HubError as error:
            lacking = error.problem
        ground = cls(
            settings=settings, catalog=catalog, known=known if known and known.modules else None, lacking=lacking
        )
        before = ground.listed(catalog)
        failures = known.failures if known else {}
        return cls(
            settings=settings,
            catalog=catalog,
            known=ground.known,
            lacking=lacking,
            modules=ground.listed(catalog, failures=failures),
            before=before,
        )

    @property
    def present(self) -> dict[str, str]:
        """The version of every distribution, as installers write it."""
        return {name: normal_version(each.version) for name, each in self.catalog.distributions.items()}

    def worse(self, versions: Mapping[str, str], trusted: Collection[str]) -> dict[str, tuple[Reason, ...]]:
        """Why modules would not run in these versions that can now; only those of ``trusted`` are seen in the new one."""
        return worsened(self.before, self.listed(as_it_would_be(self.catalog, versions, trusted), versions))

    def listed(
        self, catalog: Catalog, versions: Mapping[str, str] | None = None, failures: Mapping[str, Any] | None = None
    ) -> tuple[ListedModule, ...]:
        coming = {name for name, version in (versions or {}).items() if version != self.present.get(name)}
        contract = spoken_contract(versions or {}, self.present, CONTRACT_DISTRIBUTION)
        areas = self.settings.areas
        if self.known is None:
            wishes = written(self.settings)
            off = {name for name, wish in wishes.modules.items() if not wish.enabled} if wishes else ()
            resolution = resolved(catalog, {}, None, areas, off=off, contract=contract, coming=coming)
            return listing(catalog, resolution, {}, failures or {})
        recorded, desired = self.known.modules, self.known.desired
        resolution = resolved(catalog, recorded, desired, areas, contract=contract, coming=coming)
        return listing(catalog, resolution, recorded, failures or {}, desired)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """Versions of what was chosen. ``newest`` are those of the targets alone, where they were not chosen for ``because``."""

    versions: Mapping[str, str]
    absent: frozenset[str] = frozenset()
    newest: Mapping[str, str] = field(default_factory=dict)
    because: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    failed: PackagesConflict | PackageNotFound | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    """One look. ``wanted`` are the lines that were asked for, ``others`` what else must stay possible beside modules.

    ``movable`` are the distributions of modules that can be asked about: not those that cannot run as it is.
    """

    ground: _Ground
    rehearsal: Rehearsal
    named: frozenset[str]
    texts: Mapping[str, str]
    wanted: tuple[str, ...]
    others: tuple[str, ...]
    movable: Mapping[str, str]
    is_exact: bool
    is_all: bool
    source: str

    @classmethod
    def of(cls, ground: _Ground, at: Workshop, found: Targets, before: Asked, *, is_all: bool) -> "_Looking":
        catalog = ground.catalog
        standing = {line.distribution for line in ground.before if line.found and not line.reasons}
        modules = {each.distribution: each for each in catalog.modules if each.distribution in standing}
        texts = {root_name(text): text for text in found.asked.requirements if root_name(text) in found.distributions}
        paths = Asked(wheels=found.asked.wheels, projects=found.asked.projects, editables=found.asked.editables)
        roots = {root_name(text): text for text in before.requirements}
        core = {CORE: CORE} if CORE in catalog.distributions else {}
        others = {
            name: text for name, text in {**core, **roots}.items() if name not in {*modules, *found.distributions}
        }
        present = ground.present
        releases = {
            name: Release(
                name=name, version=present[name], requires=each.requires, requires_python=each.requires_python
            )
            for name, each in catalog.distributions.items()
            if not each.fault
        }
        ranges = [read_requirement(text).specifier for text in texts.values()]
        return cls(
            ground=ground,
            rehearsal=Rehearsal(at, releases, frozenset(modules) - found.distributions),
            named=found.distributions,
            texts=texts,
            wanted=(*texts.values(), *requirement_lines(paths)),
            others=tuple(others.values()),
            movable={
                name: name + _extras(each.requires, catalog)
                for name, each in modules.items()
                if name not in found.distributions
            },
            is_exact=all(any(clause.operator == "==" for clause in each) for each in ranges),
            is_all=is_all,
            source=str(at.sources),
        )

    def look(self) -> Preflight:
        """The answer."""
        outcome = self._everything() if self.is_all else self._asked_for()
        present = self.ground.present
        versions = {name: version for name, version in outcome.versions.items() if version}
        now = {**present, **versions}
        trusted = {name for name in now if name not in outcome.absent}
        worse = self.ground.worse(now, trusted)
        blocked = [*outcome.absent, *(name for name in own_reasons(worse) if name in self.movable)]
        lines = foreseen(
            self.ground.modules,
            versions=now,
            named=None if self.is_all else self.named,
            absent=outcome.absent,
            refusing=own_reasons(self.ground.worse(now, self.named)),
            worse=worse,
            still={
                line.distribution
                for line in self.ground.listed(as_it_would_be(self.ground.catalog, now, trusted), now)
                if line.reasons
            },
            unbringable=self._unbringable(blocked),
        )
        if outcome.failed is not None:
            lines = tuple(self._failed(line, outcome.failed) for line in lines)
        return Preflight(
            targets=tuple(self._target(name, present, outcome) for name in self._target_names(outcome)),
            modules=lines,
            changes=changes_between({name: present[name] for name in present if name in versions}, versions),
            findings=self.ground.catalog.findings,
            without_database=self.ground.lacking,
        )

    def _everything(self) -> _Outcome:
        lines = (*self.movable.values(), *self.others)
        try:
            return _Outcome(versions=self.rehearsal.answer(lines, free=None).versions)
        except _NO_ANSWER:
            pass
        try:
            found = self.rehearsal.answer(lines, free=None, leaving=self.movable)
        except _NO_ANSWER as error:
            return _Outcome(versions={}, failed=error)
        return _Outcome(versions=found.versions, absent=found.absent)

    def _asked_for(self) -> _Outcome:
        asked = (*self.wanted, *self.others)
        try:
            alone = self.rehearsal.answer(asked, free=self.named, asked=self.named)
        except _NO_ANSWER as error:
            return _Outcome(versions={}, failed=error)
        refusing = self.ground.worse(alone.versions, alone.versions.keys())
        if not refusing:
            return _Outcome(versions=alone.versions)
        if not self.is_exact and (fitting := self._fitting(asked)) is not None:
            return _Outcome(versions=fitting.versions, newest=alone.versions, because=refusing)
        return self._made_to_fit(asked, alone, refusing)

    def _fitting(self, asked: Sequence[str]) -> Rehearsed | None:
        """The newest of what was asked for that every module accepts as it is."""
        lines = (*asked, *self.movable.values())
        try:
            found = self.rehearsal.answer(lines, free=self.named, fixed=self.movable, asked=self.named)
        except _NO_ANSWER:
            return None
        return None if self.ground.worse(found.versions, found.versions.keys()) else found

    def _made_to_fit(
        self, asked: Sequence[str], alone: Rehearsed, refusing: Mapping[str, Sequence[Reason]]
    ) -> _Outcome:
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
            return _Outcome(versions=alone.versions, absent=frozenset(refusing) & self.movable.keys())
        if best.absent:
            every = answer(free, ()) if len(best.absent) > 1 else None
            best = every or self._without_less(best, own_reasons(refusing), free, answer)
        behind = refusing.keys() - own_reasons(refusing).keys() - best.absent
        if any(self._is_moved(name, best.versions.get(name, "")) for name in behind):
            again = answer(free - behind, self.movable)
            best = again if again is not None and again.absent <= best.absent else best
        return _Outcome(versions=best.versions, absent=best.absent)

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

    def _unbringable(self, blocked: Collection[str]) -> dict[str, Reason]:
        if not blocked:
            return {}
        there_not = self.rehearsal.missing(sorted({*blocked} & self.rehearsal.optional))
        return {
            name: _reason("not_in_source", f"has no release in {self.source}", f"Put a release of {name} there")
            if name in there_not
            else _reason(
                "no_release_fits",
                f"has no release in {self.source} that accepts it",
                f"Ask the author of {name} for one, upgrade to less, or uninstall it",
            )
            for name in blocked
        }

    def _failed(self, line: Foreseen, error: HubError) -> Foreseen:
        """What was asked for cannot be had, so nothing moves; the modules that it was about say so."""
        if not self.is_all and line.module.distribution not in self.named:
            return line
        if line.verdict != "ok":
            return line
        return Foreseen(module=line.module, verdict="blocked", after=None, reasons=(_told(error),))

    def _target_names(self, outcome: _Outcome) -> tuple[str, ...]:
        return tuple(sorted(self.named)) if not self.is_all else ()

    def _target(self, name: str, present: Mapping[str, str], outcome: _Outcome) -> Target:
        newest, chosen = outcome.newest.get(name), outcome.versions.get(name)
        held_back = newest if newest and newest != chosen else None
        because = tuple(_of(name, why) for name, told in own_reasons(outcome.because).items() for why in told)
        return Target(
            requirement=self.texts.get(name, name),
            distribution=name,
            before=present.get(name),
            after=None if outcome.failed else chosen,
            held_back=held_back,
            reasons=(_told(outcome.failed),) if outcome.failed else because if held_back else (),
        )


def _extras(requires: Sequence[str], catalog: Catalog) -> str:
    """The extras under which a module asks something of modules that are here: it must hold while both run."""
    modules = {each.distribution for each in catalog.modules}
    under: dict[str, set[str]] = {}
    for text in requires:
        wanted = asked_by(text)
        for extra in wanted.under if not wanted.always else ():
            under.setdefault(extra, set()).add(wanted.distribution)
    extras = sorted(
        extra for extra, names in under.items() if names & modules and names <= catalog.distributions.keys()
    )
    return f"[{','.join(extras)}]" if extras else ""


def _reason(code: str, text: str, remedy: str) -> Reason:
    return Reason(code=code, text=text, remedy=remedy)


def _told(error: HubError) -> Reason:
    text = f"{error.problem}: {error.cause}" if error.cause else error.problem
    return Reason(code=error.code, text=text, remedy=error.remedy)


def _of(name: str, reason: Reason) -> Reason:
    return Reason(code=reason.code, text=f"{canonicalize_name(name)} {reason.text}", remedy=reason.remedy)
