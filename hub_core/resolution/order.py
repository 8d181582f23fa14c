"""Put modules into an order in which each follows what it requires, and name the circles where there is none."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from ..errors import HubError

_Graph = Mapping[str, AbstractSet[str]]


class RequirementCycle(HubError):
    """Modules require each other in a circle; ``cycle`` names each once, and each requires the next."""

    code = "requirement_cycle"

    def __init__(self, cycle: Sequence[str]) -> None:
        super().__init__(
            f"modules require each other: {' → '.join([*cycle, cycle[0]])}",
            remedy="Remove one of these requirements from the modules' metadata",
        )
        self.cycle = tuple(cycle)


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
    edges = {name: set(required) for name, required in requires.items()}
    for name in sorted(after):
        for earlier in sorted(after[name]):
            if earlier in edges and name in edges and name not in all_required(earlier, edges):
                edges[name].add(earlier)
    return edges


def all_required(name: str, requires: _Graph) -> set[str]:
    """``name`` and all it requires, directly or not."""
    seen, waiting = {name}, [name]
    while waiting:
        new = requires.get(waiting.pop(), frozenset()) - seen
        seen |= new
        waiting += new
    return seen


def cycles(requires: _Graph) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """The circles each module stands in: for each of its requirements that leads back to it, the shortest way round.

    Without these requirements the module stands in no circle. A circle is told from its smallest name.
    """
    _, left = _ordered(requires)
    inside = {name: requires[name] & left for name in left}
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for name in sorted(inside):
        for needed in sorted(inside[name]):
            if way := _shortest(needed, name, inside):
                found.setdefault(name, {})[_from_smallest(way)] = None
    return {name: tuple(ways) for name, ways in found.items()}


def companions(circles: Mapping[str, Iterable[Sequence[str]]]) -> Mapping[str, AbstractSet[str]]:
    """All that each module requires and is required by, directly or not: circles that share a module are one knot."""
    knots: dict[str, set[str]] = {}
    for ways in circles.values():
        for way in ways:
            knot = set(way).union(*(knots.get(name, ()) for name in way))
            knots.update(dict.fromkeys(knot, knot))
    return knots


def _shortest(start: str, end: str, requires: _Graph) -> tuple[str, ...]:
    """The names on the shortest way from ``start`` to ``end``, both included; empty without one. The nearest by name wins."""
    before: dict[str, str] = {start: ""}
    waiting = [start]
    for name in waiting:  # grows as it goes: breadth first
        if name == end:
            way = [end]
            while before[way[-1]]:
                way.append(before[way[-1]])
            return tuple(reversed(way))
        for needed in sorted(requires[name]):
            if needed not in before:
                before[needed] = name
                waiting.append(needed)
    return ()


def _from_smallest(cycle: Sequence[str]) -> tuple[str, ...]:
    start = cycle.index(min(cycle))
    return (*cycle[start:], *cycle[:start])
