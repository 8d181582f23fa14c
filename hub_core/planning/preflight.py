"""What an upgrade would mean for each module, from what is installed and the versions that were chosen. Pure.

Of releases that are not here only the version is known; that they fit each other is the word of the tool that chose them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from packaging.utils import canonicalize_name
from packaging.version import Version

from ..catalog import Catalog, FoundDistribution
from ..manifest import TextInvalid, read_version
from ..resolution import Reason
from .listed import ListedModule

Verdict = Literal["ok", "needs version", "blocked", "blocked already", "unreadable", "orphaned"]
STANDS_AGAINST: Final = frozenset({"needs version", "blocked"})
_BEHIND: Final = "requirement_blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What was asked for: the requirement, and the version it is at and would come to.

    ``held_back`` is a newer version that was not chosen, as modules refuse it that were not to move; ``reasons`` say which, or
    why it cannot be had at all.
    """

    requirement: str
    distribution: str
    before: str | None
    after: str | None
    held_back: str | None = None
    reasons: tuple[Reason, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """One of ``targets`` in ``hub upgrade --dry-run --json``."""
        return {
            "requirement": self.requirement,
            "distribution": self.distribution,
            "before": self.before,
            "after": self.after,
            "held_back": self.held_back,
            "reasons": [reason.as_json() for reason in self.reasons],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One module. ``after`` is the version it would have, or needs; ``None`` where there is none.

    *needs version*: the release that is here refuses what was asked for, and ``after`` does not; nobody asked for that.
    *blocked*: no release accepts it. *blocked already*: it cannot run, and could not before, which the upgrade does not
    change. *unreadable*: what its metadata says cannot be read. *orphaned*: it is recorded, and no distribution brings it.
    """

    module: ListedModule
    verdict: Verdict
    after: str | None
    reasons: tuple[Reason, ...] = ()

    @property
    def stands_against(self) -> bool:
        """Whether the upgrade, as it was asked for, costs this module."""
        return self.verdict in STANDS_AGAINST

    @property
    def blocked_by(self) -> tuple[str, ...]:
        """The requirements that do not hold and whose they are: ``hub-hookspecs<2 of hub-module-rack``."""
        return tuple(reason.clause for reason in self.reasons if reason.clause)

    def as_json(self) -> dict[str, Any]:
        """One of ``modules`` in ``hub upgrade --dry-run --json``."""
        return {
            "name": self.module.name,
            "distribution": self.module.distribution,
            "state": self.module.state,
            "conditions": list(self.module.conditions),
            "version": self.module.version,
            "verdict": self.verdict,
            "after": self.after,
            "blocked_by": list(self.blocked_by),
            "reasons": [reason.as_json() for reason in self.reasons],
        }


def as_it_would_be(catalog: Catalog, versions: Mapping[str, str], trusted: Collection[str]) -> Catalog:
    """The catalog with other ``versions`` of distributions. What those require is unknown, and taken as met.

    :param trusted: the distributions whose modules are to be seen in their new version, not in the one that is here.
    """
    moved = {name: version for name, version in versions.items() if _moves(catalog, name, version)}
    return replace(
        catalog,
        modules=tuple(
            replace(found, version=read_version(moved[found.distribution]), requires=(), requires_python="")
            if found.distribution in moved and found.distribution in trusted
            else found
            for found in catalog.modules
        ),
        distributions={
            **catalog.distributions,
            **{name: FoundDistribution(version=version) for name, version in moved.items()},
        },
    )


def spoken_contract(versions: Mapping[str, str], present: Mapping[str, str], distribution: str) -> Version | None:
    """The contract that the hub would speak, to the minor; ``None`` where it stays."""
    version = versions.get(distribution)
    if version is None or version == present.get(distribution):
        return None
    try:
        found = read_version(version)
    except TextInvalid:
        return None
    return Version(f"{found.major}.{found.minor}")


def worsened(before: Iterable[ListedModule], after: Iterable[ListedModule]) -> dict[str, tuple[Reason, ...]]:
    """Why modules could not run ``after`` that can ``before``, by distribution."""
    able = {line.distribution for line in before if not line.reasons}
    return {
        line.distribution: line.reasons
        for line in after
        if line.found is not None and line.reasons and line.distribution in able
    }


def own_reasons(reasons: Mapping[str, Sequence[Reason]]) -> dict[str, tuple[Reason, ...]]:
    """The same without modules, and reasons, that only lie behind another one."""
    own = {name: tuple(each for each in told if each.code != _BEHIND) for name, told in reasons.items()}
    return {name: told for name, told in own.items() if told}


def foreseen(
    modules: Iterable[ListedModule],
    *,
    versions: Mapping[str, str],
    named: Collection[str] | None,
    absent: Collection[str],
    refusing: Mapping[str, Sequence[Reason]],
    worse: Mapping[str, Sequence[Reason]],
    still: Collection[str],
    unbringable: Mapping[str, Reason],
) -> tuple[Foreseen, ...]:
    """A line for each of ``modules``, none left out.

    :param versions: what each distribution would be at.
    :param named: the distributions that may move because somebody asked for it; ``None``: all.
    :param absent: those that no release fits of.
    :param refusing: why releases that are here would not run beside what comes.
    :param worse: why modules would not run although all moved that can.
    :param still: the distributions whose modules could not run before, and could not then.
    :param unbringable: why another release of one cannot be had.
    """

    def line(module: ListedModule) -> Foreseen:
        name = module.distribution
        after = versions.get(name, module.version)
        if module.found is None:
            return Foreseen(module=module, verdict="orphaned", after=None, reasons=module.reasons)
        if any(fault.code == "metadata_invalid" for fault in module.found.faults):
            return Foreseen(module=module, verdict="unreadable", after=None, reasons=module.found.faults)
        if name in absent or name in worse:
            why = _with_remedy(worse.get(name) or refusing.get(name) or (), unbringable.get(name))
            return Foreseen(module=module, verdict="blocked", after=None, reasons=why)
        if after != module.version and named is not None and name not in named and name in refusing:
            remedy = f"Ask for it too: hub upgrade … '{name}=={after}'"
            why = tuple(replace(each, remedy=remedy) for each in refusing[name])
            return Foreseen(module=module, verdict="needs version", after=after, reasons=why)
        if name in still:
            return Foreseen(module=module, verdict="blocked already", after=after, reasons=module.reasons)
        return Foreseen(module=module, verdict="ok", after=after)

    return tuple(line(module) for module in modules)


def _with_remedy(reasons: Sequence[Reason], unbringable: Reason | None) -> tuple[Reason, ...]:
    """What stands in metadata is mended by another release, and there is none."""
    if unbringable is None:
        return tuple(reasons)
    mended = (replace(each, remedy=unbringable.remedy) if each.clause else each for each in reasons)
    behind = "Upgrade what blocks it, or ask for less"
    return (*(replace(each, remedy=behind) if each.code == _BEHIND else each for each in mended), unbringable)


def _moves(catalog: Catalog, name: str, version: str) -> bool:
    present = catalog.distributions.get(canonicalize_name(name))
    return bool(version) and (present is None or not _same(present.version, version))


def _same(one: str, other: str) -> bool:
    try:
        return read_version(one) == read_version(other)
    except TextInvalid:
        return one == other
