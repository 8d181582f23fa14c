"""Spread what keeps one module from running to all that require it, directly or not, and name the root each time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Final

from ..catalog import Reason

_WITHOUT_SUBJECT: Final = ("needs ", "implements ", "is of ", "has ", "extends ", "wraps ")
_MOST_ROOTS: Final = 50
"""Roots that are told of one module, the nearest first; when these are mended the next ones show."""
_MOST_REASONS: Final = 100
_MOST_BETWEEN: Final = 10
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
    for name in sorted(requires):
        for each in requires[name] - circles.get(name, frozenset()):
            dependents.setdefault(each, []).append(name)
    ways = _ways_to_roots(roots, dependents)
    return {
        name: tuple(islice(_reasons(name, nearest, ways, roots), _MOST_REASONS))
        for name, nearest in ways.items()
        if nearest
    }


def _ways_to_roots(roots: Iterable[str], dependents: Mapping[str, list[str]]) -> dict[str, dict[str, str]]:
    """For each module the roots it needs, the nearest first, and the next module on the shortest way to each.

    A module keeps its nearest roots only: whoever lies behind it has no way to the others that is shorter.
    """
    ways: dict[str, dict[str, str]] = {}
    waiting = [(root, root) for root in sorted(roots)]
    for root, name in waiting:  # grows as it goes: breadth first, all roots at once
        for dependent in dependents.get(name, ()):
            known = ways.setdefault(dependent, {})
            if root not in known and dependent != root and len(known) < _MOST_ROOTS:
                known[root] = name
                waiting.append((root, dependent))
    return ways


def _reasons(
    name: str,
    nearest: Iterable[str],
    ways: Mapping[str, Mapping[str, str]],
    roots: Mapping[str, Sequence[Reason]],
) -> Iterator[Reason]:
    told = {reason.fault for reason in roots.get(name, ())}
    for root in nearest:
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
    if len(between) > _MOST_BETWEEN:
        between = [*between[:3], f"{len(between) - 5} more", *between[-2:]]
    way = " → ".join([*between, root])
    subject = f"{root} " if reason.text.startswith(_WITHOUT_SUBJECT) else ""
    return Reason(
        code="requirement_blocked",
        text=f"needs {way}, which is blocked: {subject}{reason.text}",
        remedy=reason.remedy,
    )
