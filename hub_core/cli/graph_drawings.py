"""The graph for programs that draw: Mermaid and Graphviz.

Names, titles and versions come from metadata that anybody may have written. So nodes are numbered, and texts stand only
inside quotes: for Mermaid every character but letters, digits and a few harmless ones is written as its number.
"""

from collections.abc import Iterator
from typing import Final

from ..planning import Graph, Node
from .graph_texts import edge_text, is_trouble, node_name, node_standing
from .terminal_text import one_line

_HARMLESS: Final = frozenset(" .,_+-=()/")
_MERMAID_SHAPES: Final = {
    "module": ('["', '"]'),
    "library": ('(["', '"])'),
    "missing": ('{{"', '"}}'),
    "missing_point": ('{{"', '"}}'),
}
_DOT_SHAPES: Final = {"module": "box", "library": "ellipse", "missing": "hexagon", "missing_point": "hexagon"}


def mermaid_lines(graph: Graph) -> Iterator[str]:
    """A flow chart of Mermaid."""
    numbers = _numbers(graph)
    yield "flowchart LR"
    for node in graph.nodes:
        start, end = _MERMAID_SHAPES[node.kind]
        yield f"  {numbers[node.id]}{start}{'<br/>'.join(map(_mermaid_text, _label(node)))}{end}"
    for edge in graph.edges:
        arrow, text = "-.->" if edge.is_soft else "-->", _mermaid_text(edge_text(edge))
        label = f'|"{text}"|' if text else ""
        yield f"  {numbers[edge.source]} {arrow}{label} {numbers[edge.target]}"
    if trouble := [numbers[node.id] for node in graph.nodes if is_trouble(node)]:
        yield "  classDef trouble stroke:#c00,stroke-width:2px"
        yield f"  class {','.join(trouble)} trouble"


def dot_lines(graph: Graph) -> Iterator[str]:
    """A directed graph in the DOT language of Graphviz."""
    numbers = _numbers(graph)
    yield "digraph hub {"
    yield "  rankdir=LR;"
    for node in graph.nodes:
        label = r"\n".join(map(_dot_text, _label(node)))  # a line break of Graphviz, which only we write
        colour = ", color=red" if is_trouble(node) else ""
        yield f'  {numbers[node.id]} [label="{label}", shape={_DOT_SHAPES[node.kind]}{colour}];'
    for edge in graph.edges:
        style = ", style=dashed" if edge.is_soft else ""
        yield f'  {numbers[edge.source]} -> {numbers[edge.target]} [label="{_dot_text(edge_text(edge))}"{style}];'
    yield "}"


def _numbers(graph: Graph) -> dict[str, str]:
    return {node.id: f"n{number}" for number, node in enumerate(graph.nodes, 1)}


def _label(node: Node) -> tuple[str, ...]:
    titled = (node.title,) if node.title.casefold() not in ("", node.name.casefold()) else ()
    return *titled, node_name(node), node_standing(node)


def _mermaid_text(text: str) -> str:
    return "".join(
        letter if letter.isalnum() or letter in _HARMLESS else f"#{ord(letter)};" for letter in one_line(text)
    )


def _dot_text(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
