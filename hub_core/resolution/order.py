"""Put modules into an order in which each follows what it requires, and name the circles where there is none."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import reduce
from itertools import islice
from operator import or_
from typing import Final

from ..errors import HubError
from .knots import all_required, knots

_Graph = Mapping[str, AbstractSet[str]]
_MOST_SEARCHES: Final = 5000
"""Ways round that are looked for in one knot of circles: all of them in one of some seventy modules."""
_LONGEST_CIRCLE: Final = 20


class RequirementCycle(HubError):
    """Modules require each other in a circle; ``cycle`` names each once, and each requires the next."""

    code = "requirement_cycle"

    def __init__(self, cycle: Sequence[str]) -> None:
        super().__init__(
            f"modules require each other: {' → '.join([*_told(cycle), cycle[0]])}",
            remedy="Remove one of these requirements from the modules' metadata",
        )
        self.cycle = tuple(cycle)


def _told(cycle: Sequence[str]) -> Sequence[str]:
    """The names of a circle, or as many as a person reads."""
    if len(cycle) <= _LONGEST_CIRCLE:
        return cycle
    return [*cycle[:10], f"{len(cycle) - 15} more", *cycle[-5:]]


def load_order(requires: _Graph) -> tuple[str, ...]:
    """Order modules so each follows all it requires; ties break by name, so the order is stable.

    :class:`RequirementCycle` when there is no such order.
    """
    order, left = _ordered(requires)
    if left:
        raise RequirementCycle(next(iter(cycles({name: requires[name] & left for name in left}).values()))[0])
    return tuple(order)


def _ordered(requires: _Graph) -> tuple[list[str], set[str]]:
    """As many as can be ordered, and those that stand in a circle or behind one (Kahn's algorithm, level by level)."""
    missing = {name: len(needed) for name, needed in requires.items()}
    dependents: dict[str, list[str]] = {}
    for name, needed in requires.items():
        for each in needed:
            dependents.setdefault(each, []).append(name)
    order: list[str] = []
    ready = sorted(name for name, count in missing.items() if not count)
    while ready:
        order += ready
        following = []
        for name in ready:
            for dependent in dependents.get(name, ()):
                missing[dependent] -= 1
                if not missing[dependent]:
                    following.append(dependent)
        ready = sorted(following)
    return order, set(requires).difference(order)


def with_soft_order(requires: _Graph, after: Mapping[str, Iterable[str]]) -> Mapping[str, AbstractSet[str]]:
    """Add the wishes of ``after`` to ``requires``, one by one by name; a wish that would close a circle is left out."""
    wishes = {name: [each for each in after[name] if each in requires and each != name] for name in after}
    edges = {name: set(required) | set(wishes.get(name, ())) for name, required in requires.items()}
    told: set[int] = set()
    for knot in knots(edges).values():  # elsewhere no wish closes a circle
        if id(knot) not in told:
            told.add(id(knot))
            inside = {name: requires[name] & knot for name in knot}
            edges |= _added_one_by_one(inside, {name: wishes.get(name, ()) for name in knot}, edges)
    return edges


def _added_one_by_one(inside: _Graph, wishes: Mapping[str, Iterable[str]], edges: _Graph) -> dict[str, set[str]]:
    """The edges of the names ``inside`` one knot, without the wishes that would close a circle.

    What each name requires, directly or not, is kept as the bits of a number: thousands of wishes are tried in no time.
    """
    bits = {name: 1 << place for place, name in enumerate(inside)}
    reach = {name: sum([bits[each] for each in all_required(name, inside)]) for name in inside}
    kept = {name: edges[name] - bits.keys() | inside[name] for name in inside}
    for name in sorted(inside):
        # One wish of a name tells nothing new of its others: what leads back to the name did so before.
        granted = {each for each in bits.keys() & set(wishes[name]) if not reach[each] & bits[name]}
        kept[name] |= granted
        new = reduce(or_, [reach[each] for each in granted], 0)
        if new & ~reach[name]:
            reach |= {each: behind | new for each, behind in reach.items() if behind & bits[name]}
    return kept


def cycles(requires: _Graph) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """The circles each module stands in: for each of its requirements that leads back to it, the shortest way round.

    Without these requirements the module stands in no circle. A circle is told from its smallest name. Of knots so large
    that the search would take long, each module is told its first ways only.
    """
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for name, knot in sorted(knots(requires).items()):
        if name not in found:
            inside = {each: dict.fromkeys(sorted(requires[each] & knot)) for each in sorted(knot)}
            found |= _circles_inside(inside)
    return dict(sorted(found.items()))


_Sorted = Mapping[str, Mapping[str, None]]
"""A graph whose edges come in the order of their names."""


def _circles_inside(inside: _Sorted) -> dict[str, tuple[tuple[str, ...], ...]]:
    if all(len(needed) == 1 for needed in inside.values()):  # one circle and nothing else
        way = [min(inside)]
        while len(way) < len(inside):
            way += inside[way[-1]]
        return dict.fromkeys(inside, (tuple(way),))
    most = max(1, _MOST_SEARCHES // len(inside))
    return {
        name: tuple(dict.fromkeys(_from_smallest(_shortest(each, name, inside)) for each in islice(inside[name], most)))
        for name in inside
    }


def _shortest(start: str, end: str, inside: _Sorted) -> tuple[str, ...]:
    """The names on the shortest way from ``start`` to ``end``, both included. The nearest by name wins."""
    before: dict[str, str] = {start: ""}
    for name in (waiting := [start]):  # grows as it goes: breadth first
        if end in inside[name] or name == end:
            way = [name] if name == end else [end, name]
            while before[way[-1]]:
                way.append(before[way[-1]])
            return tuple(reversed(way))
        for needed in inside[name]:
            if needed not in before:
                before[needed] = name
                waiting.append(needed)
    raise ValueError(f"no way from {start} to {end}")


def _from_smallest(cycle: Sequence[str]) -> tuple[str, ...]:
    start = cycle.index(min(cycle))
    return (*cycle[start:], *cycle[:start])
