"""The resolution itself: choose one distribution per name, judge each module, spread what blocks, order the rest."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from packaging.utils import canonicalize_name
from packaging.version import Version

from ..catalog import Catalog, FoundModule, Reason
from .blocking import blocked_by
from .clashes import clashes, name_clash
from .closure import Closure
from .glue import with_glue
from .judge import Judgement, Surroundings, requirement_faults
from .knots import all_required, knots
from .order import RequirementCycle, cycles, load_order, with_soft_order
from .values import Resolution
from .wording import Wording
from .wrapping_order import unordered

_NOTHING_RECORDED: Mapping[str, str] = MappingProxyType({})
_Judged = Mapping[str, Judgement]
_UNABLE = Reason(code=RequirementCycle.code, text="", remedy="")


def resolve(
    catalog: Catalog,
    *,
    contract: Version,
    recorded: Mapping[str, str] = _NOTHING_RECORDED,
    wanted: Collection[str] | None = None,
    unwanted: Collection[str] = (),
    areas: Collection[str] = (),
    coming: Collection[str] = (),
) -> Resolution:
    """Say which modules of ``catalog`` can run together, in which order, and why each of the others cannot.

    :param contract: the version of the hook contract the hub speaks.
    :param recorded: module name → distribution it was installed from. That one alone may carry the name.
    :param wanted: the modules that shall run; ``None`` for all. What a module asks of another without requiring it counts
        when the other one is wanted. The others are judged as if they were to join them.
    :param unwanted: what an operator disabled; no glue brings it back.
    :param areas: names that paths of this hub begin with; no module may bear one.
    :param coming: distributions that ``catalog`` has in a version that is not there yet; only words differ by it.
    """
    chosen, reasons, refused = _choose(catalog, recorded)
    closure = Closure(
        chosen=chosen,
        by_distribution={module.distribution: module for module in catalog.modules},
        distributions=catalog.distributions,
        contract=contract,
    )
    points, clashing = clashes(chosen, recorded)
    around = Surroundings(
        closure=closure,
        wording=Wording(catalog.distributions, refused, coming),
        points=points,
        programs=catalog.programs,
        areas=areas,
        recorded=recorded,
    )
    judged = {name: Judgement(module, around) for name, module in sorted(chosen.items())}
    for name, judgement in judged.items():
        judgement.judge()
        judgement.add_all(clashing.get(name, ()))
    requires = {name: judgement.requires for name, judgement in judged.items()}
    incomplete = {name for name, judgement in judged.items() if judgement.missing}
    running = (
        frozenset(chosen)
        if wanted is None
        else with_glue(wanted, unwanted, modules=chosen, requires=requires, incomplete=incomplete)
    )
    for judgement in judged.values():
        judgement.judge_tier(judged)
    follows = {name: frozenset(_follows(judgement)) for name, judgement in judged.items()}
    if any(judgement.optional for judgement in judged.values()):
        _judge_optional(judged, requires, follows, running)
    _refuse_unordered(judged, requires, follows, running, recorded)
    for judgement in judged.values():
        judgement.close()
    _refuse_circles(judged, requires)
    reasons |= {name: tuple(judgement.reasons) for name, judgement in judged.items() if judgement.reasons}
    order = _order({name: needed for name, needed in requires.items() if name not in reasons}, follows)
    return Resolution(
        order=order,
        modules={name: chosen[name] for name in order},
        chosen=chosen,
        requires={name: frozenset(each) for name, each in requires.items()},
        follows=follows,
        reasons=reasons,
        refused=refused,
        wanted=running,
        findings=(
            *(each for judgement in judged.values() for each in judgement.findings),
            *requirement_faults(closure),
        ),
    )


def _choose(
    catalog: Catalog, recorded: Mapping[str, str]
) -> tuple[dict[str, FoundModule], dict[str, tuple[Reason, ...]], dict[str, tuple[Reason, ...]]]:
    """The module of each name, the reasons of names without one, the reasons of refused distributions."""
    claims: dict[str, dict[str, FoundModule]] = {}
    for module in catalog.modules:  # one distribution that claims a name twice has a fault of its own
        claims.setdefault(module.name, {})[module.distribution] = module
    chosen: dict[str, FoundModule] = {}
    reasons: dict[str, tuple[Reason, ...]] = {}
    refused: dict[str, tuple[Reason, ...]] = {}
    for name, claimants in claims.items():
        owner = canonicalize_name(recorded[name]) if name in recorded else None
        winner = claimants.get(owner) if owner else next(iter(claimants.values())) if len(claimants) == 1 else None
        if winner:
            chosen[name] = winner
        if winner is None or len(claimants) > 1:
            reason = name_clash(name, owner, claimants.values())
            if winner is None:
                reasons[name] = (reason,)
            refused |= {distribution: (reason,) for distribution, module in claimants.items() if module is not winner}
    return chosen, reasons, refused


def _judge_optional(
    judged: _Judged, requires: Mapping[str, set[str]], follows: Mapping[str, frozenset[str]], wanted: Collection[str]
) -> None:
    """Judge what modules ask of others that they do not require: it counts only beside those that can run themselves.

    That is decided in load order, so that of each other one it is known whether it can.
    """
    _refuse_unwelcome(judged, requires)
    unable = {name for name, judgement in judged.items() if judgement.reasons} | knots(requires).keys()
    behind = blocked_by(requires, dict.fromkeys(unable, (_UNABLE,))).keys()
    order = _order({name: requires[name] for name in requires if name not in unable and name not in behind}, follows)
    able = set(order)
    for name in order:
        if requires[name] <= able:
            judged[name].judge_optional(able.intersection(wanted))
        if judged[name].reasons or not requires[name] <= able:
            able.discard(name)
    for name in judged.keys() - set(order):
        judged[name].judge_optional(able.intersection(wanted))


def _refuse_unwelcome(judged: _Judged, requires: Mapping[str, set[str]]) -> None:
    """A module that requires one which cannot run beside it can never run; the other one can without it."""
    for name, judgement in judged.items():
        for optional in list(judgement.optional):
            other = optional[0]
            if name in all_required(other, requires):
                judgement.optional.remove(optional)
                reason = judgement.optional_reason(optional)
                text = f"needs {name}, which cannot run beside it: {name} {reason.text}"
                judged[other].add_all([replace(reason, code="requirement_blocked", text=text)])


def _refuse_unordered(
    judged: _Judged,
    requires: Mapping[str, set[str]],
    follows: Mapping[str, frozenset[str]],
    running: Collection[str],
    recorded: Collection[str],
) -> None:
    """Add the reasons of modules that wrap a route which another one wraps too, with no order between them."""
    able = {name: judgement.found for name, judgement in judged.items() if not judgement.reasons}
    if sum(bool(found.manifest and found.manifest.overrides) for found in able.values()) > 1:
        edges = with_soft_order(requires, follows)
        for name, reason in unordered(able, edges, running=running, recorded=recorded):
            judged[name].add_all([reason])


def _refuse_circles(judged: _Judged, requires: Mapping[str, set[str]]) -> None:
    """Add the reasons of circles, then of all that lies behind a module with reasons."""
    circles = cycles(requires)
    told = {way: _circle(way) for way in {way for ways in circles.values() for way in ways}}
    for name, ways in circles.items():
        judged[name].reasons += [told[way] for way in ways]
    roots = {name: tuple(judgement.reasons) for name, judgement in judged.items() if judgement.reasons}
    if roots:
        for name, blocked in blocked_by(requires, roots, circles=knots(requires)).items():
            judged[name].reasons += blocked


def _circle(way: tuple[str, ...]) -> Reason:
    error = RequirementCycle(way)
    return Reason(code=error.code, text=error.problem, remedy=error.remedy)


def _order(requires: Mapping[str, set[str]], follows: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    after = {name: wishes for name in requires if (wishes := follows[name])}
    return load_order(with_soft_order(requires, after) if after else requires)


def _follows(judgement: Judgement) -> Iterable[str]:
    manifest = judgement.found.manifest
    return (*judgement.follows, *manifest.after) if manifest else judgement.follows
