"""Several modules may wrap one route, in load order. Two without an order between them are refused, for who is outermost would be chance."""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import combinations

from ..catalog import FoundModule, Reason
from .knots import all_required


def unordered(
    chosen: Mapping[str, FoundModule],
    edges: Mapping[str, AbstractSet[str]],
    *,
    running: Collection[str],
    recorded: Collection[str],
) -> Iterator[tuple[str, Reason]]:
    """The modules that may not run for that, each with why.

    Of two of which one is recorded, that one stays; beside one that is to run, one that is not is refused.

    :param chosen: the modules that could run else. :param edges: what each is ordered behind, by requirement or wish.
    """
    for route, names in _wrappers(chosen).items():
        behind = {name: all_required(name, edges) for name in names}
        for first, second in combinations(names, 2):
            if first not in behind[second] and second not in behind[first]:
                for name in _refused(first, second, running, recorded):
                    yield name, _reason(route, chosen[name], chosen[second if name == first else first])


def _wrappers(chosen: Mapping[str, FoundModule]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, module in sorted(chosen.items()):
        for each in module.manifest.overrides if module.manifest else ():
            found.setdefault(each.route, []).append(name)
    return {route: names for route, names in found.items() if len(names) > 1}


def _refused(first: str, second: str, running: Collection[str], recorded: Collection[str]) -> tuple[str, ...]:
    if first in running and second in running:
        ours = tuple(name for name in (first, second) if name not in recorded)
        return ours if len(ours) == 1 else (first, second)
    return tuple(name for name, other in ((first, second), (second, first)) if name not in running and other in running)


def _reason(route: str, module: FoundModule, other: FoundModule) -> Reason:
    return Reason(
        code="override_order_ambiguous",
        text=f"wraps {route}, which {other.name} ({other.distribution}) wraps too, and neither is ordered behind the other",
        remedy=f'Add after = ["{other.name}"] to {module.name}\'s hub-module.toml, so that {module.name} is outermost, or disable one of them',
    )
