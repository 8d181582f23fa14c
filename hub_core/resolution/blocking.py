"""Spread what keeps one module from running to all that require it, directly or not, and name the root each time."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from ..catalog import Reason

_WITHOUT_SUBJECT: Final = ("needs ", "implements ", "is of ", "has ")
_NO_CIRCLES: Final[Mapping[str, AbstractSet[str]]] = {}


def blocked_by(
    requires: Mapping[str, AbstractSet[str]],
    roots: Mapping[str, Sequence[Reason]],
    *,
    circles: Mapping[str, AbstractSet[str]] = _NO_CIRCLES,
) -> Mapping[str, tuple[Reason, ...]]:
    """Why each module behind a root cannot run: every reason of every root it needs, told by the shortest way there.

    :param roots: modules that cannot run whatever the others do, with why. What several of them share is told once, and not again of one that has
        it itself.
    :param circles: the modules that each one requires in circles. Until such a circle is broken nobody can say what is needed
        through it, so no way leads over its requirements.
    """
    dependents: dict[str, list[str]] = {}
    for name, needed in requires.items():
        for each in needed - circles.get(name, frozenset()):
            dependents.setdefault(each, []).append(name)
    ways: dict[str, dict[str, str]] = {}
    distances: dict[str, list[tuple[int, str]]] = {}
    for root in sorted(roots):
        for name, step, distance in _steps_to(root, dependents):
            ways.setdefault(name, {})[root] = step
            distances.setdefault(name, []).append((distance, root))
    return {name: tuple(_reasons(name, sorted(distances[name]), ways, roots)) for name in ways}


def _steps_to(root: str, dependents: Mapping[str, list[str]]) -> Iterator[tuple[str, str, int]]:
    """Every module that needs ``root``, the next module on its shortest way there, and how many steps it has."""
    distances, waiting = {root: 0}, [root]
    for name in waiting:  # grows as it goes: breadth first
        for dependent in sorted(dependents.get(name, ())):
            if dependent not in distances:
                distances[dependent] = distances[name] + 1
                waiting.append(dependent)
                yield dependent, name, distances[dependent]


def _reasons(
    name: str,
    nearest: Sequence[tuple[int, str]],
    ways: Mapping[str, Mapping[str, str]],
    roots: Mapping[str, Sequence[Reason]],
) -> Iterator[Reason]:
    told = {reason.fault for reason in roots.get(name, ())}
    for _, root in nearest:
        for reason in roots[root]:
            if reason.fault not in told:
                told.add(reason.fault)
                yield _blocked(root, _between(name, root, ways), reason)


def _between(name: str, root: str, ways: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The modules on the way from ``name`` to ``root``, without these two."""
    between = []
    step = ways[name][root]
    while step != root:
        between.append(step)
        step = ways[step][root]
    return between


def _blocked(root: str, between: list[str], reason: Reason) -> Reason:
    way = " → ".join([*between, root])
    subject = f"{root} " if reason.text.startswith(_WITHOUT_SUBJECT) else ""
    return Reason(
        code="requirement_blocked",
        text=f"needs {way}, which is blocked: {subject}{reason.text}",
        remedy=reason.remedy,
    )
