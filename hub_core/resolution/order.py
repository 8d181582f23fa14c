"""Put modules into an order in which each follows what it requires."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter

from ..errors import HubError


class RequirementCycle(HubError):
    """Modules require each other in a circle; ``cycle`` names each once, and each requires the next."""

    code = "requirement_cycle"

    def __init__(self, cycle: Sequence[str]) -> None:
        super().__init__(
            f"modules require each other: {' → '.join([*cycle, cycle[0]])}",
            remedy="Remove one of these requirements from the modules' metadata",
        )
        self.cycle = tuple(cycle)


def load_order(requires: Mapping[str, AbstractSet[str]]) -> tuple[str, ...]:
    """Order modules so each follows all it requires; ties break by name, so the order is stable.

    :class:`RequirementCycle` when there is no such order.
    """
    sorter = TopologicalSorter({name: sorted(requires[name]) for name in sorted(requires)})
    try:
        sorter.prepare()
    except CycleError as error:
        raise RequirementCycle(_from_smallest(error.args[1])) from error
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return tuple(order)


def with_soft_order(
    requires: Mapping[str, AbstractSet[str]], after: Mapping[str, Sequence[str]]
) -> Mapping[str, AbstractSet[str]]:
    """Add the wishes of ``after`` to ``requires``, one by one by name; a wish that would close a circle is left out."""
    edges = {name: set(required) for name, required in requires.items()}
    for name in sorted(after):
        for earlier in sorted(after[name]):
            if earlier in edges and name in edges and name not in _all_required(earlier, edges):
                edges[name].add(earlier)
    return edges


def _all_required(name: str, requires: Mapping[str, AbstractSet[str]]) -> set[str]:
    """``name`` and all it requires, directly or not."""
    seen, waiting = {name}, [name]
    while waiting:
        new = requires.get(waiting.pop(), frozenset()) - seen
        seen |= new
        waiting += new
    return seen


def _from_smallest(found: Sequence[str]) -> list[str]:
    """Turn graphlib's cycle (first name repeated at the end, each required by the next) so it reads "requires"."""
    cycle = list(reversed(found[1:]))
    start = cycle.index(min(cycle))
    return cycle[start:] + cycle[:start]
