"""The load order: each module after what it requires, the same order every time, circles named."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_core.resolution import RequirementCycle, load_order
from hub_core.resolution.order import with_soft_order

NAMES = ["a", "b", "c", "d", "e"]
graphs = st.dictionaries(st.sampled_from(NAMES), st.frozensets(st.sampled_from(NAMES), max_size=3), max_size=5)
Graph = dict[str, frozenset[str]]


def closed(graph: Graph) -> Graph:
    """Every name that is required is there, and none requires itself."""
    names = {*graph, *(name for required in graph.values() for name in required)}
    return {name: graph.get(name, frozenset()) - {name} for name in names}


def is_valid(order: tuple[str, ...], graph: Graph) -> bool:
    return sorted(order) == sorted(graph) and all(
        order.index(required) < order.index(name) for name in graph for required in graph[name]
    )


@given(graphs)
def test_an_order_is_found_exactly_when_there_is_one(graph: Graph) -> None:
    graph = closed(graph)
    there_is_one = any(is_valid(order, graph) for order in permutations(graph))
    try:
        order = load_order(graph)
    except RequirementCycle as error:
        assert not there_is_one
        steps = zip(error.cycle, (*error.cycle[1:], error.cycle[0]), strict=True)
        assert all(required in graph[name] for name, required in steps), "each name in the circle requires the next"
    else:
        assert is_valid(order, graph)


@given(graphs, st.randoms())
def test_the_order_does_not_depend_on_how_the_modules_were_found(graph: Graph, random: st.DrawFn) -> None:
    graph = closed(graph)
    shuffled = list(graph.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _answer(dict(shuffled)) == _answer(graph)


def _answer(graph: Graph) -> tuple[str, ...]:
    try:
        return load_order(graph)
    except RequirementCycle as error:
        return ("cycle", *error.cycle)


@given(graphs, graphs)
def test_wishes_never_make_a_circle_and_hold_where_they_can(graph: Graph, after: Graph) -> None:
    graph = closed(graph)
    if _answer(graph)[:1] == ("cycle",):
        return
    wishes = {name: tuple(sorted(earlier)) for name, earlier in after.items()}
    order = load_order(with_soft_order(graph, wishes))
    assert is_valid(order, graph)
    if (both := closed({name: graph[name] | after.get(name, frozenset()) & graph.keys() for name in graph})) and (
        _answer(both)[:1] != ("cycle",)
    ):
        assert is_valid(order, both)


def test_modules_that_could_come_in_any_order_come_by_name() -> None:
    assert load_order({"b": frozenset(), "a": frozenset(), "c": frozenset({"b"})}) == ("a", "b", "c")


def test_a_circle_is_printed_from_its_first_name() -> None:
    with pytest.raises(RequirementCycle) as raised:
        load_order({"c": frozenset("a"), "a": frozenset("b"), "b": frozenset("c"), "d": frozenset("a")})
    assert str(raised.value) == (
        "modules require each other: a → b → c → a\nremedy: Remove one of these requirements from the modules' metadata"
    )
    assert raised.value.code == "requirement_cycle"
