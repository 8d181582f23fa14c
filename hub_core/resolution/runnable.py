"""The resolution itself: choose one distribution per name, judge each module, spread what blocks, order the rest."""

from collections.abc import Collection, Mapping
from itertools import groupby
from types import MappingProxyType

from packaging.utils import canonicalize_name
from packaging.version import Version

from ..catalog import Catalog, FoundModule, Reason
from .clashes import name_clash, table_prefix_clashes
from .judge import Judgement, Surroundings
from .order import RequirementCycle, load_order, with_soft_order
from .values import Resolution

_NOTHING_RECORDED: Mapping[str, str] = MappingProxyType({})


def resolve(
    catalog: Catalog,
    *,
    contract: Version,
    recorded: Mapping[str, str] = _NOTHING_RECORDED,
    disabled: Collection[str] = (),
) -> Resolution:
    """Say which modules of ``catalog`` run together, in which order, and why each of the others cannot.

    :param contract: the version of the hook contract the hub speaks.
    :param recorded: module name → distribution it was installed from. That one alone may carry the name.
    :param disabled: names that shall not run. They have no reasons, unless they could not run anyway.
    """
    chosen, reasons, refused = _choose(catalog, recorded)
    around = Surroundings(
        chosen=chosen,
        by_distribution={module.distribution: module for module in catalog.modules},
        points={
            point: (name, version)
            for name, module in sorted(chosen.items(), reverse=True)
            if module.manifest
            for point, version in module.manifest.extension_points.items()
        },
        distributions=catalog.distributions,
        contract=contract,
        disabled=disabled,
    )
    judged = {name: Judgement(module).against(around) for name, module in sorted(chosen.items())}
    for name, reason in table_prefix_clashes(chosen, recorded).items():
        judged[name].reasons.append(reason)
    _spread({name: judgement for name, judgement in judged.items() if name not in disabled})
    reasons |= {name: tuple(judgement.reasons) for name, judgement in judged.items() if judgement.reasons}
    running = {name: module for name, module in chosen.items() if name not in reasons and name not in disabled}
    order = load_order(
        with_soft_order(
            {name: judged[name].requires for name in running},
            {name: module.manifest.after for name, module in running.items() if module.manifest},
        )
    )
    return Resolution(
        order=order,
        modules={name: running[name] for name in order},
        requires={name: frozenset(judged[name].requires) for name in order},
        reasons=reasons,
        refused=refused,
    )


def _choose(
    catalog: Catalog, recorded: Mapping[str, str]
) -> tuple[dict[str, FoundModule], dict[str, tuple[Reason, ...]], dict[str, tuple[Reason, ...]]]:
    """The module of each name, the reasons of names without one, the reasons of refused distributions."""
    chosen: dict[str, FoundModule] = {}
    reasons: dict[str, tuple[Reason, ...]] = {}
    refused: dict[str, tuple[Reason, ...]] = {}
    for name, group in groupby(sorted(catalog.modules, key=lambda module: module.name), key=lambda module: module.name):
        claimants = list(
            {module.distribution: module for module in group}.values()
        )  # one that claims it twice has a fault
        owner = canonicalize_name(recorded[name]) if name in recorded else None
        winners = claimants if owner is None else [module for module in claimants if module.distribution == owner]
        if len(winners) == 1:
            chosen[name] = winners[0]
        reason = name_clash(name, owner, claimants)
        if name not in chosen:
            reasons[name] = (reason,)
        refused |= {module.distribution: (reason,) for module in claimants if chosen.get(name) is not module}
    return chosen, reasons, refused


def _spread(judged: Mapping[str, Judgement]) -> None:
    """Block what requires a blocked module, and each circle, until nothing changes."""
    circles: dict[str, frozenset[str]] = {}
    while True:
        blocked = _all_blocked(judged)
        try:
            load_order({name: judgement.requires for name, judgement in judged.items() if name not in blocked})
            break
        except RequirementCycle as error:
            reason = Reason(code=error.code, text=error.problem, remedy=error.remedy)
            for name in error.cycle:
                judged[name].reasons.append(reason)
                circles[name] = frozenset(error.cycle)
    for name in blocked:
        judged[name].reasons += [
            Reason(
                code="requirement_blocked",
                text=f"needs {required}, which is blocked",
                remedy=f"See what blocks {required}: hub show {required}",
            )
            for required in sorted(judged[name].requires & blocked - circles.get(name, frozenset()))
        ]


def _all_blocked(judged: Mapping[str, Judgement]) -> frozenset[str]:
    """The names with reasons, and all that require one of them, directly or not."""
    dependents: dict[str, list[str]] = {}
    for name, judgement in judged.items():
        for required in judgement.requires:
            dependents.setdefault(required, []).append(name)
    blocked = {name for name, judgement in judged.items() if judgement.reasons}
    waiting = list(blocked)
    while waiting:
        new = set(dependents.get(waiting.pop(), ())) - blocked
        blocked |= new
        waiting += new
    return frozenset(blocked)
