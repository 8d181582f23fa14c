"""``hub graph``: the modules and what ties them to each other."""

from collections.abc import Collection
from enum import StrEnum
from typing import Annotated

import typer

from ..planning import Graph, ModuleUnknown, module_graph
from .environment import Environment, read_environment
from .graph_drawings import dot_lines, mermaid_lines
from .graph_tree import ASCII, BOXES, tree_lines
from .printing import AsJson, print_json
from .terminal_text import can_show, say


class Drawing(StrEnum):
    """How the graph is written."""

    TREE = "tree"
    MERMAID = "mermaid"
    DOT = "dot"
    JSON = "json"


def command(
    names: Annotated[
        list[str] | None, typer.Argument(help="Only these modules and what they require.", metavar="[NAME]...")
    ] = None,
    drawing: Annotated[Drawing | None, typer.Option("--format", help="How to write it; a tree by default.")] = None,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Show what requires a module, not what it requires.")
    ] = False,
    libraries: Annotated[
        bool, typer.Option("--libraries", help="Also show the libraries that modules require directly.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw the modules and what they require of each other.

    Imports no module, and needs no database: states show when one is there. Dashed lines only order modules.
    """
    if as_json and drawing not in (None, Drawing.JSON):
        raise typer.BadParameter(f"--json and --format {drawing} exclude each other")
    environment = read_environment(with_database=True)
    graph = module_graph(environment.modules, environment.catalog.distributions, libraries=libraries)
    chosen = _chosen(environment, graph, names or ())
    if chosen:
        graph = graph.narrowed(chosen, reverse=reverse)
    _print(graph, Drawing.JSON if as_json else drawing or Drawing.TREE, chosen, reverse)


def _chosen(environment: Environment, graph: Graph, names: Collection[str]) -> set[str]:
    """The ids of the modules that were named."""
    known = tuple(dict.fromkeys(module.name for module in environment.modules))
    for name in names:
        if name not in known:
            raise ModuleUnknown(name, known)
    return {node.id for node in graph.nodes if node.kind == "module" and node.name in names}


def _print(graph: Graph, drawing: Drawing, chosen: Collection[str], reverse: bool) -> None:
    match drawing:
        case Drawing.JSON:
            print_json(graph.as_json())
        case Drawing.MERMAID:
            lines = mermaid_lines(graph)
        case Drawing.DOT:
            lines = dot_lines(graph)
        case Drawing.TREE:
            strokes = BOXES if can_show("├╌└│") else ASCII
            lines = tree_lines(graph, first=chosen, reverse=reverse, strokes=strokes)
    if drawing is not Drawing.JSON:
        for line in lines:
            say(line)
