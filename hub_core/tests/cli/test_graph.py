"""``hub graph``: the modules of a folder, and graphs of any text and size, in four formats."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_core.cli.graph_drawings import dot_lines, mermaid_lines
from hub_core.cli.graph_tree import ASCII, tree_lines
from hub_core.cli.main import main
from hub_core.cli.terminal_text import one_line
from hub_core.planning import Edge, EdgeKind, Graph, ListedModule, ModuleState, Node, module_graph
from hub_core.tests.cli.dot_language import parse_dot
from hub_core.tests.cli.hub_processes import PROGRAM
from hub_core.tests.cli.test_with_database import store
from hub_core.tests.found_modules import found
from hub_core.tests.sample_modules import SampleModules

HOSTILE = (
    'x"]; n9["',
    "a --> b",
    'x"];\n}\ndigraph y {',
    "end\\",
    '\\"',
    "<b>&amp;</b><script>",
    "%%{init: {}}%%",
    "\u2028line\u0085",
    "\x1b[31m",
    "`*md*`",
    "#quot;",
    '"}}',
    "n1 & n2; click n1 href",
    "\u202eright to left",
    "Ünïcode 模块",
)
MERMAID_TEXT = r"(?:[\w .,+\-=()/]|#\d+;|<br/>)*"
MERMAID_LINE = re.compile(
    rf'flowchart LR|  n\d+(?:\["{MERMAID_TEXT}"\]|\(\["{MERMAID_TEXT}"\]\)|\{{\{{"{MERMAID_TEXT}"\}}\}})'
    rf'|  n\d+ (?:-->|-\.->)(?:\|"{MERMAID_TEXT}"\|)? n\d+|  classDef trouble [a-z0-9#:,-]+|  class n\d+(?:,n\d+)* trouble'
)


def listed(*requires: str, name: str, conditions: Sequence[str] = ()) -> ListedModule:
    return ListedModule(
        name=name,
        distribution=f"mod-{name}",
        version="1.0",
        state="available",
        conditions=tuple(conditions),
        reasons=(),
        found=found(name, *requires),
    )


def circle() -> Graph:
    """Three in a circle, which nothing leads into, and one that requires the last of them."""
    modules = [listed("mod-b", name="a"), listed("mod-c", name="b"), listed("mod-a", name="c"), listed(name="d")]
    return module_graph(modules, {})


def hostile(text: str) -> Graph:
    """A graph whose every text is ``text``."""
    node = Node(
        id=text, kind="module", name=text, title=text + "!", distribution=text, version=text, state=text, conditions=(text,)
    )  # fmt: skip
    others = [replace(node, id=f"{text}{kind}", kind=kind) for kind in ("library", "missing", "missing_point")]
    kinds: tuple[EdgeKind, ...] = ("requires", "implements", "extra")
    edges = [
        Edge(source=text, target=other.id, kind=kind, name=text, range=text, holds=False)
        for other, kind in zip(others, kinds, strict=True)
    ]
    return Graph(nodes=(node, *others), edges=(*edges, Edge(source=text, target=others[0].id, kind="after")))


def shown_by_mermaid(line: str) -> str:
    """The text between the quotes, as Mermaid shows it."""
    (text,) = re.findall(r'"(.*)"', line)
    return re.sub(r"#(\d+);", lambda number: chr(int(number[1])), text.replace("<br/>", "\n"))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_a_mermaid_label(text: str) -> None:
    lines = list(mermaid_lines(hostile(text)))
    assert [line for line in lines if not MERMAID_LINE.fullmatch(line)] == []
    assert len(lines) == 1 + 4 + 4 + 2
    assert shown_by_mermaid(lines[1]) == "\n".join(
        map(one_line, (text + "!", f"{text} {text}".rstrip(), f"{text}, {text}"))
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_a_dot_label(text: str) -> None:
    drawn = parse_dot("\n".join(dot_lines(hostile(text))))
    assert list(drawn.nodes) == ["n1", "n2", "n3", "n4"]
    assert [edge[:2] for edge in drawn.edges] == [("n1", "n2"), ("n1", "n3"), ("n1", "n4"), ("n1", "n2")]
    assert drawn.nodes["n1"]["label"] == "\n".join(
        map(one_line, (text + "!", f"{text} {text}".rstrip(), f"{text}, {text}"))
    )
    assert drawn.edges[0][2]["label"] == f"{one_line(text)} (not met)"


@given(st.text(max_size=30))
def test_whatever_a_text_holds_each_drawing_has_its_lines_and_no_others(text: str) -> None:
    graph = hostile(text)
    assert all(MERMAID_LINE.fullmatch(line) for line in mermaid_lines(graph))
    assert len(parse_dot("\n".join(dot_lines(graph))).nodes) == 4
    assert json.loads(json.dumps(graph.as_json())) == graph.as_json()


def test_what_metadata_may_hold_does_not_break_out_on_the_way_from_the_disk(
    samples: SampleModules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    samples.install("target")
    title = "title = 'T\"]-->n1[\"'"
    samples.install("evil", manifest=title, requires=('sample-target===1"]-->n2["',))
    entry = next(samples.site.glob("sample_target-*")) / "entry_points.txt"
    entry.write_text('[hub.modules]\nq"] --> n1 = sample_target\n')
    assert main(["graph", "--format", "mermaid"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not MERMAID_LINE.fullmatch(line)] == []
    assert any("T#34;#93;--#62;n1" in line for line in lines), "the title is there"
    assert any("q#34;#93; --#62; n1" in line for line in lines), "the name is there"
    assert main(["graph", "--format", "dot"]) == 0
    assert any('T"]-->n1["' in node["label"] for node in parse_dot(capsys.readouterr().out).nodes.values())


def test_a_tree_shows_each_subtree_once() -> None:
    modules = [
        listed("mod-b>=1,<2", "mod-c", name="a"),
        listed("mod-d", 'mod-c; extra == "fast"', name="b"),
        listed("mod-b", "nowhere>=3", name="c", conditions=["blocked"]),
        listed(name="d"),
    ]
    assert list(tree_lines(module_graph(modules, {}), reverse=False)) == [
        "a 1.0 [available]",
        "├── b 1.0 [available] >=1,<2",
        "│   ├── d 1.0 [available]",
        "│   └╌╌ c 1.0 [available, blocked] extra fast",
        "└── c 1.0 [available, blocked]",
        "    ├── b 1.0 [available] (see above)",
        "    └── nowhere [missing] >=3 (not met)",
    ]


def test_a_reversed_tree_begins_with_what_requires_nothing() -> None:
    modules = [listed("mod-c>=1", name="a"), listed("mod-c", name="b"), listed(name="c")]
    assert list(tree_lines(module_graph(modules, {}), reverse=True, strokes=ASCII)) == [
        "c 1.0 [available]",
        "|-- a 1.0 [available] >=1",
        "`-- b 1.0 [available]",
    ]


def test_a_circle_ends_in_every_format() -> None:
    assert list(tree_lines(circle(), reverse=False)) == [
        "d 1.0 [available]",
        "a 1.0 [available]",
        "└── b 1.0 [available]",
        "    └── c 1.0 [available]",
        "        └── a 1.0 [available] (see above)",
    ]
    assert next(tree_lines(circle().narrowed({"b"}, reverse=False), first={"b"}, reverse=False)) == "b 1.0 [available]"
    assert sum("-->" in line for line in mermaid_lines(circle())) == 3
    assert len(parse_dot("\n".join(dot_lines(circle()))).edges) == 3
    assert len(circle().as_json()["edges"]) == 3


def test_soft_ties_are_dashed_in_both_drawings() -> None:
    graph = module_graph([listed('mod-b; extra == "x"', name="a"), listed(name="b")], {})
    assert '  n1 -.->|"extra x"| n2' in list(mermaid_lines(graph))
    assert parse_dot("\n".join(dot_lines(graph))).edges == [("n1", "n2", {"label": "extra x", "style": "dashed"})]


def test_as_many_modules_as_odoo_has_are_drawn_in_every_format() -> None:
    """633 modules as in Odoo 18, each of which requires up to three of those before it."""
    asked = {number: {number // 2, number // 3, number - 1} & set(range(number)) for number in range(633)}
    graph = module_graph(
        [listed(*(f"mod-m{other}>=1,<2" for other in others), name=f"m{number}") for number, others in asked.items()],
        {},
    )
    ties = sum(map(len, asked.values()))
    assert (len(graph.nodes), len(graph.edges)) == (633, ties)
    assert len(list(tree_lines(graph, reverse=False))) == ties + 1, "a line for each edge, and one for the top"
    assert len(list(tree_lines(graph, reverse=True))) == ties + 1
    assert sum("-->" in line for line in mermaid_lines(graph)) == ties
    assert len(parse_dot("\n".join(dot_lines(graph))).edges) == ties
    assert len(graph.narrowed({"m632"}, reverse=False).nodes) == 633


def test_a_chain_longer_than_python_may_recurse_is_a_tree() -> None:
    modules = [listed(*([f"mod-m{number + 1}"] if number < 2999 else []), name=f"m{number}") for number in range(3000)]
    assert len(list(tree_lines(module_graph(modules, {}), reverse=False))) == 3000


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["graph", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("empty_folder")
class TestOnRealDistributions:
    """The one-fault modules, as wheels that pip installed."""

    def test_json_has_nodes_and_edges_and_imports_no_module(
        self, capsys: pytest.CaptureFixture[str], import_log: Path, tmp_path: Path
    ) -> None:
        graph = json.loads(told(capsys, "--json"))
        assert graph == json.loads(told(capsys, "--format", "json"))
        assert {frozenset(node) for node in graph["nodes"]} == {
            frozenset({"id", "kind", "name", "title", "distribution", "version", "state", "conditions"})
        }
        assert {frozenset(edge) for edge in graph["edges"]} == {
            frozenset({"source", "target", "kind", "name", "range", "holds"})
        }
        ids = [node["id"] for node in graph["nodes"]]
        assert len(ids) == len(set(ids))
        assert {edge[end] for edge in graph["edges"] for end in ("source", "target")} <= set(ids)
        edges = {(edge["source"], edge["target"], edge["kind"]): edge for edge in graph["edges"]}
        assert edges["requires_newer", "healthy", "requires"]["holds"] is False
        assert edges["requires_missing", "distribution hub-module-nowhere", "requires"]["range"] == ">=1.2,<2"
        assert edges["implements_newer_point", "healthy", "implements"]["holds"] is False
        assert ("circle_one", "circle_two", "requires") in edges
        assert ("circle_two", "circle_one", "requires") in edges
        conditions = {node["id"]: node["conditions"] for node in graph["nodes"]}
        assert conditions["requires_missing"] == ["blocked"]
        assert conditions["healthy"] == []
        assert not import_log.exists()
        assert list(tmp_path.iterdir()) == [], "looking writes nothing"

    def test_a_tree_is_what_is_printed_without_a_format(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = told(capsys, "requires_healthy", "requires_missing").splitlines()
        assert lines[0].startswith("requires_healthy 1.0 [available]")
        assert lines[1:3] == [
            "├── healthy 1.2 [available] implements healthy_helpers >=1.0,<2",
            "└── healthy 1.2 [available] >=1,<2",
        ]
        assert lines[3:] == [
            "requires_missing 1.0 [available, blocked]",
            "└── hub-module-nowhere [missing] >=1.2,<2 (not met)",
        ]

    def test_reversed_it_tells_what_requires_a_module(self, capsys: pytest.CaptureFixture[str]) -> None:
        nodes = {node["id"] for node in json.loads(told(capsys, "healthy", "--reverse", "--json"))["nodes"]}
        assert {"healthy", "requires_healthy", "requires_newer", "implements_newer_point"} <= nodes
        assert "requires_missing" not in nodes

    def test_libraries_are_there_when_asked_for(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "hub-hookspecs" not in told(capsys, "healthy")
        assert "hub-hookspecs 1." in told(capsys, "healthy", "--libraries")

    def test_states_show_when_a_database_is_there(
        self, capsys: pytest.CaptureFixture[str], database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HUB_DATABASE_URL", database_url)
        store(database_url, ("healthy", ModuleState.DISABLED), ("requires_healthy", ModuleState.ENABLED))
        lines = told(capsys, "requires_healthy").splitlines()
        assert lines[0].startswith("requires_healthy 1.0 [enabled")
        assert lines[1].startswith("├── healthy 1.2 [disabled] ")

    def test_an_unknown_name_is_the_expected_failure_of_show(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["show", "helthy"]) == 1
        expected = capsys.readouterr().err
        assert main(["graph", "healthy", "helthy"]) == 1
        assert capsys.readouterr() == ("", expected)

    def test_two_formats_at_once_are_wrong_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["graph", "--json", "--format", "dot"]) == 2
        assert "exclude each other" in capsys.readouterr().err

    @pytest.mark.parametrize("drawing", ["tree", "mermaid", "dot"])
    def test_an_output_that_knows_only_ascii_gets_ascii(self, drawing: str, many_modules: Path, tmp_path: Path) -> None:
        command = [sys.executable, "-c", PROGRAM, "graph", "--format", drawing]
        environment = {"PYTHONPATH": str(many_modules), "PYTHONIOENCODING": "ascii:strict", "PATH": ""}
        ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert ran.stdout.isascii()
        assert b"?" not in ran.stdout
