"""The graph as indented lines: below each module what it requires, each subtree once."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ..planning import Edge, Graph, Node
from .graph_texts import edge_text, node_name, node_standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Strokes:
    """The four characters wide pieces a tree is drawn with."""

    branch: str
    last: str
    soft: str
    soft_last: str
    stem: str
    blank: str = "    "


BOXES = Strokes(branch="├── ", last="└── ", soft="├╌╌ ", soft_last="└╌╌ ", stem="│   ")
ASCII = Strokes(branch="|-- ", last="`-- ", soft="|.. ", soft_last="`.. ", stem="|   ")


def tree_lines(graph: Graph, *, first: Collection[str] = (), reverse: bool, strokes: Strokes = BOXES) -> Iterator[str]:
    """Each top with all below it. Of a circle that nothing leads into one module is a top: one of ``first``, else by name.

    Soft ties are dashed lines without anything below them.
    """
    tree = _Tree({node.id: node for node in graph.nodes}, graph.ties(reverse=reverse), reverse, strokes)
    for top in graph.tops(reverse=reverse):
        yield from tree.lines(top)
    for node in sorted(graph.nodes, key=lambda node: node.id not in first):
        if node.id not in tree.shown:
            yield from tree.lines(node.id)


@dataclass(slots=True)
class _Tree:
    nodes: Mapping[str, Node]
    ties: Mapping[str, tuple[Edge, ...]]
    reverse: bool
    strokes: Strokes
    shown: set[str] = field(default_factory=set)

    def lines(self, top: str) -> Iterator[str]:
        """``top`` and all below it. By hand, not by recursion: a chain of a thousand modules is no fault."""
        yield self._label(top)
        waiting = self._below(top, "")
        while waiting:
            start, indent, key, edge = waiting.pop()
            again = key in self.shown and not edge.is_soft and key in self.ties
            yield start + self._label(key, edge) + (" (see above)" if again else "")
            if not edge.is_soft and key not in self.shown:
                waiting += self._below(key, indent)

    def _below(self, key: str, indent: str) -> list[tuple[str, str, str, Edge]]:
        """The lines below a node, the last one first: start, indent of what comes below it, key, edge."""
        self.shown.add(key)
        lines = []
        edges = sorted(self.ties.get(key, ()), key=lambda edge: edge.is_soft)
        for number, edge in enumerate(edges, 1):
            last = number == len(edges)
            piece = ("soft_" if edge.is_soft else "") + "last" if last else "soft" if edge.is_soft else "branch"
            start = indent + getattr(self.strokes, piece)
            further = indent + (self.strokes.blank if last else self.strokes.stem)
            lines.append((start, further, edge.source if self.reverse else edge.target, edge))
        return lines[::-1]

    def _label(self, key: str, edge: Edge | None = None) -> str:
        text = f"{node_name(self.nodes[key])} [{node_standing(self.nodes[key])}]"
        tie = edge_text(edge) if edge else ""
        return f"{text} {tie}" if tie else text
