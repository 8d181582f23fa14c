"""What every drawing of the graph says of a node and of an edge, before it is escaped for the format."""

from ..planning import Edge, Node

_MISSING = {"missing": "missing", "missing_point": "missing extension point", "library": "library"}


def node_name(node: Node) -> str:
    """Name and version; the distribution too where two claim the name."""
    name = node.name if node.kind != "module" or node.id == node.name else f"{node.name} ({node.distribution})"
    return f"{name} {node.version}".rstrip()


def node_standing(node: Node) -> str:
    """State and conditions, or what it is when it is no module."""
    return _MISSING.get(node.kind) or ", ".join((node.state, *node.conditions))


def is_trouble(node: Node) -> bool:
    """Whether it is drawn as one that does not run, or is not there."""
    return node.kind in ("missing", "missing_point") or bool(node.conditions)


def edge_text(edge: Edge) -> str:
    """The range, and how it is asked for when not as a plain requirement."""
    how = {"requires": "", "implements": f"implements {edge.name}", "extra": f"extra {edge.name}", "after": "after"}
    return " ".join(part for part in (how[edge.kind], edge.range, "" if edge.holds else "(not met)") if part)
