"""Say of every module what an upgrade would mean for it: ask the installer from metadata alone, and judge the answers."""

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name

from ...catalog import Catalog, Finding
from ...errors import HubError
from ...manifest import read_requirement
from ...packages import (
    Asked,
    Environments,
    OnProgress,
    PackageChange,
    Progress,
    Rehearsal,
    Release,
    Workshop,
    changes_between,
    requirement_lines,
    root_name,
    workshop,
)
from ...planning import (
    Foreseen,
    Target,
    as_it_would_be,
    foreseen,
    own_reasons,
)
from ...resolution import Reason
from ...resolution import asked as asked_by
from ...settings import HubSettings
from ..installed import installed_catalog
from ..targets import Targets, targets
from .preflight_ground import Ground
from .version_search import Outcome, VersionSearch

CORE: Final = "hub-core"


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
    ground = Ground.read(settings, catalog)
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
class _Looking:
    """One look: a search, and what its answer is told with."""

    ground: Ground
    search: VersionSearch
    texts: Mapping[str, str]
    is_all: bool
    source: str

    @classmethod
    def of(cls, ground: Ground, at: Workshop, found: Targets, before: Asked, *, is_all: bool) -> "_Looking":
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
        search = VersionSearch(
            ground=ground,
            rehearsal=Rehearsal(at, releases, frozenset(modules) - found.distributions),
            named=found.distributions,
            wanted=(*texts.values(), *requirement_lines(paths)),
            others=tuple(others.values()),
            movable={
                name: name + _extras(each.requires, catalog)
                for name, each in modules.items()
                if name not in found.distributions
            },
            is_exact=all(any(clause.operator == "==" for clause in each) for each in ranges),
        )
        return cls(ground=ground, search=search, texts=texts, is_all=is_all, source=str(at.sources))

    def look(self) -> Preflight:
        """The answer."""
        outcome = self.search.everything() if self.is_all else self.search.asked_for()
        present = self.ground.present
        versions = {name: version for name, version in outcome.versions.items() if version}
        now = {**present, **versions}
        trusted = {name for name in now if name not in outcome.absent}
        worse = self.ground.worse(now, trusted)
        blocked = [*outcome.absent, *(name for name in own_reasons(worse) if name in self.search.movable)]
        lines = foreseen(
            self.ground.modules,
            versions=now,
            named=None if self.is_all else self.search.named,
            absent=outcome.absent,
            refusing=own_reasons(self.ground.worse(now, self.search.named)),
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

    def _unbringable(self, blocked: Collection[str]) -> dict[str, Reason]:
        if not blocked:
            return {}
        there_not = self.search.rehearsal.missing(sorted({*blocked} & self.search.rehearsal.optional))
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
        if not self.is_all and line.module.distribution not in self.search.named:
            return line
        if line.verdict != "ok":
            return line
        return Foreseen(module=line.module, verdict="blocked", after=None, reasons=(_told(error),))

    def _target_names(self, outcome: Outcome) -> tuple[str, ...]:
        return tuple(sorted(self.search.named)) if not self.is_all else ()

    def _target(self, name: str, present: Mapping[str, str], outcome: Outcome) -> Target:
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
    return Reason(code=reason.code, text=f"{canonicalize_name(name)}: {reason.text}", remedy=reason.remedy)
