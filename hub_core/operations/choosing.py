"""What is wanted once modules are enabled, disabled or installed: who comes along, who leaves with them, and why it is refused."""

import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from packaging.utils import canonicalize_name

from ..catalog import FoundModule
from ..errors import HubError
from ..planning import Desired, DesiredModule, ModuleState, ModuleUnknown, Placement, Step
from ..resolution import Reason, all_required, is_glue
from .environment import Situation

Again = Callable[[Desired], Situation]
"""Plans anew for other wishes."""
Leaving = Literal["disable", "uninstall"]


class ModuleCannotRun(HubError):
    """A module that was to run is blocked; ``reasons`` say by what."""

    code = "module_cannot_run"

    def __init__(self, name: str, reasons: Collection[Reason]) -> None:
        self.name, self.reasons = name, tuple(reasons)
        super().__init__(
            f"{name} cannot run; nothing was changed",
            cause="; ".join(reason.text for reason in self.reasons),
            remedy=self.reasons[0].remedy,
        )


class ModulesWouldStop(HubError):
    """Modules that run could not run in the new environment; ``reasons`` say why."""

    code = "modules_would_stop"

    def __init__(self, stopped: Mapping[str, Collection[Reason]]) -> None:
        self.reasons = {name: tuple(reasons) for name, reasons in stopped.items()}
        super().__init__(
            f"{', '.join(self.reasons)} could not run any more; nothing was changed",
            cause="; ".join(f"{name}: {reason.text}" for name, reasons in self.reasons.items() for reason in reasons),
            remedy=next(reason.remedy for reasons in self.reasons.values() for reason in reasons),
        )


class DistributionBringsNothing(HubError):
    """A distribution that was to be installed brings no module.

    :param installed_as: what was named, where it is installed already and may be meant to move.
    """

    code = "distribution_brings_nothing"

    def __init__(self, distribution: str, *, installed_as: str = "") -> None:
        super().__init__(
            f"{distribution} brings no module",
            cause="it has no entry point in the group hub.modules",
            remedy=f"To move it, which is installed already, to another release: hub upgrade {shlex.quote(installed_as)}"
            if installed_as
            else "Name a distribution that brings a module; libraries come along with those that require them",
        )
        self.distribution = distribution


class ModuleNotBrought(HubError):
    """What was to bring a module brings others only."""

    code = "module_not_brought"

    def __init__(self, module: str, distributions: Collection[str], brought: Collection[str]) -> None:
        super().__init__(
            f"{', '.join(sorted(distributions))} does not bring {module}; nothing was changed",
            cause=f"it brings {', '.join(sorted(brought))}",
            remedy=f"Install that by its own name, or name the distribution that brings {module}",
        )
        self.module = module


class ModuleNameTaken(HubError):
    """A distribution that was to be installed brings a module whose name another distribution has."""

    code = "module_name_taken"

    def __init__(self, found: FoundModule, reason: Reason, remedy: str) -> None:
        super().__init__(
            f"{found.distribution} {found.version} cannot be installed; nothing was changed",
            cause=reason.text,
            remedy=remedy,
        )
        self.name, self.distribution, self.reason = found.name, found.distribution, reason


class CoreModuleStays(HubError):
    """A module of tier core is part of every hub."""

    code = "core_module_stays"

    def __init__(self, name: str, verb: Leaving) -> None:
        super().__init__(
            f"{name} cannot be {verb}d" if verb == "disable" else f"{name} cannot be {verb}ed",
            cause="it is of tier core, and the hub does not run without such modules",
            remedy=f"Leave it as it is; hub {verb} takes modules of tier optional",
        )
        self.name = name


class ModuleStillRequired(HubError):
    """Modules that run require one that was to be disabled; ``dependents`` are they, those that require others first."""

    code = "module_still_required"

    def __init__(self, names: Collection[str], dependents: Collection[str], verb: Leaving) -> None:
        self.names, self.dependents = tuple(names), tuple(dependents)
        listed = ", ".join(self.dependents)
        super().__init__(
            f"{', '.join(names)} cannot be {verb}{'d' if verb == 'disable' else 'ed'} alone",
            cause=f"{listed} {'requires' if len(self.dependents) == 1 else 'require'} it",
            remedy=f"{verb.capitalize()} {listed} first, or all of them in this order: hub {verb} {' '.join(names)} --cascade",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How it stands with the new wishes. ``affected`` are the modules that the change is about.

    ``named`` are those asked for, and what leaves because of them.
    """

    now: Situation
    named: tuple[str, ...]
    affected: frozenset[str]

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is to be done, and nothing that is pending for other modules."""
        return tuple(step for step in self.now.plan.steps if step.module in self.affected)


def enabled(before: Situation, names: Iterable[str], again: Again) -> Chosen:
    """``names`` and all they require are wanted.

    :raises ModuleUnknown: when one is not on disk.
    :raises ModuleCannotRun: when one is blocked.
    """
    names = tuple(dict.fromkeys(names))
    for name in names:
        if name not in before.resolution.chosen:
            raise ModuleUnknown(name, sorted(before.resolution.chosen))
    needed = {each for name in names for each in all_required(name, before.resolution.requires)}
    now = again(_wishing(before.desired, needed - (before.resolution.wanted - {*names}), enabled=True))
    for name in names:
        if reasons := now.plan.blocked.get(name):
            raise ModuleCannotRun(name, reasons)
    return Chosen(now=now, named=names, affected=frozenset(needed | _changed(before, now)))


def disabled(
    before: Situation, names: Iterable[str], again: Again, *, cascade: bool, verb: Leaving = "disable"
) -> Chosen:
    """``names`` are not wanted; with ``cascade`` neither is what requires them. The answer names both, dependents first.

    :raises ModuleUnknown: when one is neither on disk nor recorded.
    :raises CoreModuleStays: when one is of tier core.
    :raises ModuleStillRequired: when others require them, without ``cascade``. Glue leaves by itself.
    """
    names = tuple(dict.fromkeys(names))
    for name in names:
        if name not in before.resolution.chosen and name not in before.recorded:
            raise ModuleUnknown(name, sorted({*before.resolution.chosen, *before.recorded}))
    requires = before.resolution.requires
    glue = {name for name, found in before.resolution.chosen.items() if is_glue(found)}
    dependents = [
        name
        for name in reversed(before.resolution.order)
        if name in before.resolution.wanted - {*names} - glue and all_required(name, requires) & {*names}
    ]
    if dependents and not cascade:
        raise ModuleStillRequired(names, dependents, verb)
    leaving = {*names, *dependents}
    for name in leaving:
        found = before.resolution.chosen.get(name)
        if found is not None and found.manifest is not None and found.manifest.tier == "core":
            raise CoreModuleStays(name, verb)
    now = again(_wishing(before.desired, leaving, enabled=False))
    ordered = [name for name in reversed(before.resolution.order) if name in leaving]
    named = (*ordered, *sorted(leaving.difference(ordered)))
    return Chosen(now=now, named=named, affected=frozenset(leaving | _changed(before, now)))


def placed(before: Situation, names: Iterable[str], placement: Placement, again: Again) -> Chosen:
    """The tables of ``names`` are wanted elsewhere; nothing else of them changes.

    :raises ModuleUnknown: when one is neither on disk nor recorded.
    """
    names, wishes = tuple(dict.fromkeys(names)), dict(before.desired.modules)
    known = {*before.resolution.chosen, *before.recorded}
    for name in names:
        if name not in known:
            raise ModuleUnknown(name, sorted(known))
        row = before.recorded.get(name)
        wish = wishes.get(name) or DesiredModule(enabled=row is not None and row.state is ModuleState.ENABLED)
        if (wish.placement or "shared") != placement:
            wishes[name] = replace(wish, placement=placement)
    return Chosen(now=again(Desired(modules=wishes)), named=names, affected=frozenset())


def installed(
    before: Situation,
    distributions: Collection[str],
    again: Again,
    *,
    module: str | None = None,
    is_elsewhere: bool = False,
) -> Chosen:
    """The modules that ``distributions`` bring are wanted, with all they require; and whatever changed with them is part of it.

    :param module: what they have to bring; ``None``: whatever they do.
    :param is_elsewhere: whether they come with another environment, so that the hub can take tables back for an older release.
    :raises DistributionBringsNothing: when one brings no module.
    :raises ModuleNotBrought: when none of them brings ``module``.
    :raises ModuleNameTaken: when one brings a module of a name that another one has.
    :raises ModuleCannotRun: when one is blocked.
    """
    for found, reason in refused(before, distributions):
        raise ModuleNameTaken(found, reason, way_out(before, found))
    brought: dict[str, str] = {
        canonicalize_name(found.distribution): name for name, found in before.resolution.chosen.items()
    }
    for distribution in sorted(distributions):
        if distribution not in brought:
            raise DistributionBringsNothing(distribution)
    names = [brought[each] for each in sorted(distributions)]
    if module is not None and module not in names:
        raise ModuleNotBrought(module, distributions, names)
    try:
        return replaced(enabled(before, names, again))
    except ModuleCannotRun as error:
        if is_elsewhere and error.reasons[0].code == "schema_newer":
            target = f"{error.name}=={before.resolution.chosen[error.name].version}"
            remedy = f"To go back to it, with its tables: hub downgrade {shlex.quote(target)}"
            raise ModuleCannotRun(error.name, [replace(error.reasons[0], remedy=remedy), *error.reasons[1:]]) from error
        raise


def refused(now: Situation, distributions: Collection[str]) -> Iterator[tuple[FoundModule, Reason]]:
    """The modules of ``distributions`` that claim the name of one of another distribution."""
    for found in now.catalog.modules:
        if canonicalize_name(found.distribution) in distributions:
            for reason in now.resolution.refused.get(found.distribution, ()):
                yield found, reason


def way_out(now: Situation, found: FoundModule) -> str:
    """What can be done so that a module which is not installed yet does not claim the name of another one."""
    row = now.recorded.get(found.name)
    if row is not None and row.state is not ModuleState.ABSENT:
        return f"Do not install {found.distribution}; or first uninstall {row.distribution}: hub uninstall {found.name}"
    others = sorted(
        {each.distribution for each in now.catalog.modules if each.name == found.name} - {found.distribution}
    )
    return f"Do not install {found.distribution}; or first take {', '.join(others)} out of the environment"


def replaced(chosen: Chosen) -> Chosen:
    """The same, and every module that another environment brings in another release or with other files."""
    moved = {step.module for step in chosen.now.plan.steps if step.kind not in ("enable", "disable", "demo")}
    return replace(chosen, affected=chosen.affected | moved)


def stopped(now: Situation, failing: Collection[str]) -> Mapping[str, tuple[Reason, ...]]:
    """The modules that are enabled, did not fail before, and could not run any more."""
    running = {name for name, row in now.recorded.items() if row.state is ModuleState.ENABLED}
    return {
        name: reasons
        for name, reasons in now.plan.blocked.items()
        if name in running - {*failing} and (name not in now.desired.modules or now.desired.modules[name].enabled)
    }


def _wishing(desired: Desired, names: Collection[str], *, enabled: bool) -> Desired:
    wishes = {name: replace(desired.modules.get(name, DesiredModule()), enabled=enabled) for name in sorted(names)}
    return Desired(modules={**desired.modules, **wishes})


def _changed(before: Situation, now: Situation) -> frozenset[str]:
    """Whose being wanted changed: what was named, and glue that appears or leaves with it."""
    return before.resolution.wanted ^ now.resolution.wanted
