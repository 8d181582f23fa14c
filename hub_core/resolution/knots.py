"""Knots: the sets of modules that all require one another, directly or not. Every circle lies inside one of them."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

_Graph = Mapping[str, AbstractSet[str]]


def all_required(name: str, requires: _Graph) -> set[str]:
    """``name`` and all it requires, directly or not."""
    seen, waiting = {name}, [name]
    while waiting:
        new = requires.get(waiting.pop(), frozenset()) - seen
        seen |= new
        waiting += new
    return seen


def knots(requires: _Graph) -> Mapping[str, AbstractSet[str]]:
    """The knot of each name that stands in a circle; names of one knot share one set."""
    search = _Search(requires)
    for name in requires:
        if name not in search.numbers:
            search.look_behind(name)
    return search.found


@dataclass(slots=True)
class _Search:
    """Tarjan's algorithm, without calls within calls: a chain may be longer than Python's stack."""

    requires: _Graph
    found: dict[str, AbstractSet[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    _lowest: dict[str, int] = field(default_factory=dict)
    _open: dict[str, None] = field(default_factory=dict)

    def look_behind(self, root: str) -> None:
        """Find every knot behind ``root``."""
        way = [self._entered(root)]
        while way:
            name, needed = way[-1]
            new = next((each for each in needed if self._is_new(name, each)), None)
            if new is not None:
                way.append(self._entered(new))
                continue
            way.pop()
            if way:
                before = way[-1][0]
                self._lowest[before] = min(self._lowest[before], self._lowest[name])
            if self._lowest[name] == self.numbers[name]:
                self._close(name)

    def _entered(self, name: str) -> tuple[str, Iterator[str]]:
        self.numbers[name] = self._lowest[name] = len(self.numbers)
        self._open[name] = None
        return name, iter(self.requires[name])

    def _is_new(self, name: str, needed: str) -> bool:
        if needed in self._open:
            self._lowest[name] = min(self._lowest[name], self.numbers[needed])
        return needed in self.requires and needed not in self.numbers

    def _close(self, first: str) -> None:
        """What is open since ``first`` was entered is one knot."""
        names: list[str] = []
        while not names or names[-1] != first:
            names.append(self._open.popitem()[0])
        if len(names) > 1 or first in self.requires[first]:
            self.found |= dict.fromkeys(names, frozenset(names))
