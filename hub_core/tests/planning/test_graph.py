"""The graph of modules: nodes, edges and what remains of it around chosen modules."""

from dataclasses import replace
from typing import Any

from hub_core.catalog import Catalog, FoundModule
from hub_core.planning import Edge, Graph, ListedModule, module_graph
from hub_core.resolution import Reason
from hub_core.tests.found_modules import catalog, found


def listed(module: FoundModule, *conditions: str, reasons: tuple[Reason, ...] = ()) -> ListedModule:
    return ListedModule(
        name=module.name,
        distribution=module.distribution,
        version=str(module.version),
        state="available",
        conditions=conditions,
        reasons=reasons,
        found=module,
    )


def graph(*modules: FoundModule, on_disk: Catalog | None = None, **options: Any) -> Graph:
    return module_graph([listed(module) for module in modules], (on_disk or catalog(*modules)).distributions, **options)


def ties(drawn: Graph) -> list[tuple[str, str, str, str, str, bool]]:
    return [(edge.source, edge.kind, edge.name, edge.target, edge.range, edge.holds) for edge in drawn.edges]


def test_a_requirement_is_an_edge_with_its_range_lower_bound_first() -> None:
    drawn = graph(found("billing", "mod-payments<2,>=1"), found("payments", version="1.4"))
    assert ties(drawn) == [("billing", "requires", "", "payments", ">=1,<2", True)]


def test_several_requirements_on_one_distribution_are_one_edge_with_all_ranges() -> None:
    drawn = graph(found("billing", "mod-payments>=1", "Mod_Payments<2"), found("payments"))
    assert ties(drawn) == [("billing", "requires", "", "payments", ">=1,<2", True)]


def test_an_edge_tells_that_what_is_there_does_not_lie_in_its_range() -> None:
    drawn = graph(found("billing", "mod-payments>=2"), found("payments", version="1.9"))
    assert ties(drawn) == [("billing", "requires", "", "payments", ">=2", False)]


def test_a_pre_release_lies_in_a_range_as_for_the_resolution() -> None:
    assert graph(found("a", "mod-b>=1"), found("b", version="1.1rc1")).edges[0].holds


def test_an_extension_point_ties_to_its_publisher_with_the_range_of_the_point() -> None:
    publisher = found("payments", version="7", manifest='[extension_points]\npayments_gateways = "1.2"')
    fits = found("acme", manifest='[implements]\npayments_gateways = ">=1.0,<2"')
    too_new = found("zeta", manifest='[implements]\npayments_gateways = ">=2"')
    assert ties(graph(publisher, fits, too_new)) == [
        ("acme", "implements", "payments_gateways", "payments", ">=1.0,<2", True),
        ("zeta", "implements", "payments_gateways", "payments", ">=2", False),
    ]


def test_a_requirement_under_an_extra_and_after_are_soft() -> None:
    drawn = graph(
        found("billing", 'mod-pdf>=2; extra == "print"', manifest='after = ["notes", "gone", "billing"]'),
        found("pdf", version="1"),
        found("notes"),
    )
    assert ties(drawn) == [
        ("billing", "after", "", "notes", "", True),
        ("billing", "extra", "print", "pdf", ">=2", False),
    ]
    assert all(edge.is_soft for edge in drawn.edges)


def test_after_beside_a_requirement_adds_nothing() -> None:
    drawn = graph(found("billing", "mod-notes", manifest='after = ["notes"]'), found("notes"))
    assert ties(drawn) == [("billing", "requires", "", "notes", "", True)]


def test_a_marker_that_does_not_hold_here_is_no_edge() -> None:
    drawn = graph(
        found("billing", 'mod-notes; python_version < "3"', 'mod-notes; extra < "x" and extra > "y"'), found("notes")
    )
    assert drawn.edges == ()


def test_what_is_required_and_not_there_is_a_node_of_its_own() -> None:
    module = found("a", "nowhere>=1.2", 'optional; extra == "x"', manifest='[implements]\nb_points = ">=1"')
    drawn = graph(module)
    assert [(node.id, node.kind) for node in drawn.nodes] == [
        ("a", "module"),
        ("distribution nowhere", "missing"),
        ("point b_points", "missing_point"),
    ]
    assert [edge.holds for edge in drawn.edges] == [False, False]


def test_libraries_are_shown_when_asked_for() -> None:
    modules = found("a", "lib>=1", "mod-b"), found("b", "lib>=3")
    on_disk = catalog(*modules, libraries={"lib": "2.0", "other": "1"})
    assert "library" not in {node.kind for node in graph(*modules, on_disk=on_disk).nodes}
    drawn = graph(*modules, on_disk=on_disk, libraries=True)
    assert [(node.name, node.version) for node in drawn.nodes if node.kind == "library"] == [("lib", "2.0")]
    assert ("a", "requires", "", "distribution lib", ">=1", True) in ties(drawn)
    assert ("b", "requires", "", "distribution lib", ">=3", False) in ties(drawn)


def test_two_distributions_of_one_name_are_two_nodes() -> None:
    one, two = found("twice", distribution="acme-twice"), found("twice", distribution="zeta-twice")
    drawn = graph(one, two, found("a", "zeta-twice"))
    assert [node.id for node in drawn.nodes] == ["twice (acme-twice)", "twice (zeta-twice)", "a"]
    assert ties(drawn) == [("a", "requires", "", "twice (zeta-twice)", "", True)]


def test_an_extension_point_is_not_that_of_a_refused_distribution() -> None:
    point = '[extension_points]\ntwice_points = "1"'
    one = found("twice", distribution="acme-twice", manifest=point)
    two = found("twice", distribution="zeta-twice", manifest=point)
    user = found("a", manifest='[implements]\ntwice_points = ">=1"')
    refused = listed(one, "blocked", reasons=(Reason(code="name_clash", text="", remedy=""),))
    drawn = module_graph([refused, listed(two), listed(user)], {})
    assert ties(drawn) == [("a", "implements", "twice_points", "twice (zeta-twice)", ">=1", True)]


def test_ids_differ_whatever_a_module_is_called() -> None:
    hostile = replace(listed(found("y")), name="distribution lib")
    drawn = module_graph([listed(found("x", "lib")), hostile], {})
    assert [node.id for node in drawn.nodes] == ["x", "distribution lib", "distribution lib'"]


def test_what_is_recorded_and_gone_is_the_node_that_others_require() -> None:
    gone = ListedModule(
        name="payments", distribution="mod-payments", version="1.0", state="enabled", conditions=("orphaned",),
        reasons=(), found=None,
    )  # fmt: skip
    drawn = module_graph([listed(found("billing", "mod-payments>=1")), gone], {})
    assert ties(drawn) == [("billing", "requires", "", "payments", ">=1", True)]


CHAIN = found("a", "mod-b"), found("b", "mod-c"), found("c", manifest='after = ["d"]'), found("d"), found("e", "mod-c")


def names(drawn: Graph) -> list[str]:
    return [node.id for node in drawn.nodes]


def test_around_a_module_remains_what_it_requires_directly_or_not() -> None:
    assert names(graph(*CHAIN).narrowed({"b"}, reverse=False)) == ["b", "c"]
    assert names(graph(*CHAIN).narrowed({"b", "d"}, reverse=False)) == ["b", "c", "d"]


def test_reversed_remains_what_requires_it() -> None:
    assert names(graph(*CHAIN).narrowed({"c"}, reverse=True)) == ["a", "b", "c", "e"]


def test_a_circle_ends() -> None:
    drawn = graph(found("a", "mod-b"), found("b", "mod-a"), found("c"))
    assert names(drawn.narrowed({"a"}, reverse=False)) == ["a", "b"]
    assert names(drawn.narrowed({"a"}, reverse=True)) == ["a", "b"]
    assert list(drawn.tops(reverse=False)) == ["c"]


def test_a_soft_edge_is_one_of_after_and_extra() -> None:
    assert [Edge(source="a", target="b", kind=kind).is_soft for kind in ("requires", "implements", "extra", "after")] == [
        False, False, True, True,
    ]  # fmt: skip
