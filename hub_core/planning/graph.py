"""Modules and what ties them to each other, as values: the graph that ``hub graph`` draws in several ways."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

NodeKind = Literal["module", "library", "missing", "missing_point"]
EdgeKind = Literal["requires", "implements", "extra", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One thing in the graph: a module, a library, or a distribution or extension point that is required and not there.

    ``id`` is unique in its graph: a module's name, unless two claim it. Texts come from metadata that nobody vouches
    for; whoever draws them escapes them.
    """

    id: str
    kind: NodeKind
    name: str
    title: str = ""
    distribution: str = ""
    version: str = ""
    state: str = ""
    conditions: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Every field, as ``hub graph --json`` shows it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "title": self.title,
            "distribution": self.distribution,
            "version": self.version,
            "state": self.state,
            "conditions": list(self.conditions),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What ``source`` asks of ``target``, both ids of nodes.

    ``name`` is the extension point it implements or the extra the requirement stands under. ``range`` is empty where any
    version will do. ``holds`` tells whether the version that is there lies in it.
    """

    source: str
    target: str
    kind: EdgeKind
    name: str = ""
    range: str = ""
    holds: bool = True

    @property
    def is_soft(self) -> bool:
        """Whether it only orders: without the target, the source runs all the same."""
        return self.kind in ("after", "extra")

    def as_json(self) -> dict[str, Any]:
        """Every field, as ``hub graph --json`` shows it."""
        return {
            "source": self.source,
            "target": self.target,
            "kind": self.kind,
            "name": self.name,
            "range": self.range,
            "holds": self.holds,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Nodes and edges, each in a stable order. It may have circles."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def narrowed(self, ids: Collection[str], *, reverse: bool) -> "Graph":
        """Only ``ids`` and all they require, directly or not; with ``reverse`` all that requires them. Soft ties lead nowhere."""
        kept, waiting = set(ids), list(ids)
        ties = self.ties(reverse=reverse)
        while waiting:
            new = {_far_end(edge, reverse) for edge in ties.get(waiting.pop(), ()) if not edge.is_soft} - kept
            kept |= new
            waiting += new
        return Graph(
            nodes=tuple(node for node in self.nodes if node.id in kept),
            edges=tuple(edge for edge in self.edges if edge.source in kept and edge.target in kept),
        )

    def ties(self, *, reverse: bool) -> Mapping[str, tuple[Edge, ...]]:
        """By id the edges that leave a node; with ``reverse`` those that reach it."""
        ties: dict[str, list[Edge]] = {}
        for edge in self.edges:
            ties.setdefault(edge.target if reverse else edge.source, []).append(edge)
        return {name: tuple(edges) for name, edges in ties.items()}

    def tops(self, *, reverse: bool) -> Iterator[str]:
        """The ids of nodes that nothing requires; with ``reverse`` of those that require nothing."""
        below = {_far_end(edge, reverse) for edge in self.edges if not edge.is_soft}
        return (node.id for node in self.nodes if node.id not in below)

    def as_json(self) -> dict[str, Any]:
        """What ``hub graph --json`` prints."""
        return {"nodes": [node.as_json() for node in self.nodes], "edges": [edge.as_json() for edge in self.edges]}


def _far_end(edge: Edge, reverse: bool) -> str:
    return edge.source if reverse else edge.target
