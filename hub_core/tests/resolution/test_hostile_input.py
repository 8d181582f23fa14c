"""Environments made to crash or stall the resolution: every module still runs or has reasons, and the answer is short.

The soak test measures how long each takes; here only the outcome counts.
"""

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from hub_core.catalog import Catalog, FoundDistribution, FoundModule
from hub_core.planning import listing
from hub_core.resolution import Resolution, asked, load_order, resolve
from hub_core.resolution.knots import knots
from hub_core.resolution.order import with_soft_order
from hub_core.tests.found_modules import catalog, found
from hub_core.tests.resolution.test_reason_examples import section, shown

HEALTHY = found("healthy")


def library(*requires: str, version: str = "1.0", python: str = "") -> FoundDistribution:
    return FoundDistribution(version=version, requires=requires, requires_python=python)


def chain(length: int, last: str = "") -> dict[str, FoundDistribution]:
    """Libraries of which each requires the next."""
    ends = {f"lib{length - 1}": library(*([last] if last else []))}
    return {f"lib{number}": library(f"lib{number + 1}") for number in range(length - 1)} | ends


def circle(count: int) -> list[FoundModule]:
    return [found(f"m{number}", f"mod-m{(number + 1) % count}") for number in range(count)]


def all_of_all(count: int) -> list[FoundModule]:
    return [found(f"m{i}", *(f"mod-m{j}" for j in range(count) if j != i)) for i in range(count)]


def two_ways(count: int) -> list[FoundModule]:
    """A knot in which each module requires the next one and one far away."""
    return [found(f"m{i}", f"mod-m{(i + 1) % count}", f"mod-m{(i * 7 + 3) % count}") for i in range(count)]


def clauses(first: int, count: int) -> str:
    return ",".join(f"!={number}" for number in range(first, first + count))


ODD_LIBRARY = {"lib": library(version="9" * 5000)}
EXTRAS = [f"e{number}" for number in range(150)]

ENVIRONMENTS: dict[str, Callable[[], Catalog]] = {
    "1000 modules in one circle": lambda: catalog(HEALTHY, *circle(1000)),
    "60 modules that all require all": lambda: catalog(HEALTHY, *all_of_all(60)),
    "300 modules in one knot": lambda: catalog(HEALTHY, *two_ways(300)),
    "a chain of 1000 modules behind a missing library": lambda: catalog(
        HEALTHY, found("m0", "nowhere"), *(found(f"m{n}", f"mod-m{n - 1}") for n in range(1, 1000))
    ),
    "a chain of 300 modules that all miss something": lambda: catalog(
        HEALTHY, found("m0", "nowhere"), *(found(f"m{n}", f"mod-m{n - 1}", f"nowhere{n}") for n in range(1, 300))
    ),
    "a chain of 3000 libraries that ends nowhere": lambda: catalog(
        HEALTHY, found("a", "lib0"), libraries=chain(3000, "nowhere")
    ),
    "a library that misses 3000 others": lambda: catalog(
        HEALTHY, found("a", "lib"), libraries={"lib": library(*(f"lib{number}" for number in range(3000)))}
    ),
    "2000 missing libraries": lambda: catalog(HEALTHY, found("a", *(f"lib{number}" for number in range(2000)))),
    "2000 ranges of one library": lambda: catalog(
        HEALTHY, found("a", *(f"lib>{number + 1}" for number in range(2000))), libraries={"lib": "1.0"}
    ),
    "200 ranges of 50 clauses of one library": lambda: catalog(
        HEALTHY,
        found("a", *(f"lib>9,{clauses(number, 49)}" for number in range(100))),
        found("b", *(f"lib<1,{clauses(number, 49)}" for number in range(100))),
        libraries={"lib": "1.0"},
    ),
    "a range that compares texts, twice": lambda: catalog(
        HEALTHY, found("a", "lib===2", "lib===3"), found("b", "lib>1", "lib<1"), libraries={"lib": "1.0"}
    ),
    "a contract that compares texts": lambda: catalog(HEALTHY, found("a", "hub-hookspecs===2")),
    "a Python that compares texts": lambda: catalog(HEALTHY, found("a", requires_python="===2")),
    "a library with a version of 5000 digits": lambda: catalog(HEALTHY, found("a", "lib>1"), libraries=ODD_LIBRARY),
    "a Requires-Python of 5000 digits": lambda: catalog(
        HEALTHY, found("a", "lib", "nowhere"), libraries={"lib": library(python=f">={'9' * 5000}")}
    ),
    "1000 modules of one table prefix": lambda: catalog(
        HEALTHY, *(found(f"m{number}", manifest="table_prefix = 'x_'") for number in range(1000))
    ),
    "1000 modules of one name": lambda: catalog(
        HEALTHY, *(found("m", distribution=f"mod{number}") for number in range(1000))
    ),
    "two modules with the same 3000 revisions": lambda: catalog(
        HEALTHY, *(found(name, revisions=tuple(f"r{number}" for number in range(3000))) for name in "ab")
    ),
    "200 extension points that are nearly there": lambda: catalog(
        HEALTHY,
        found("a", manifest="[implements]\n" + "".join(f"x{number:078} = '>1'\n" for number in range(200))),
        found("x", manifest="[extension_points]\n" + "".join(f"x_{number:077} = '1'\n" for number in range(200))),
    ),
    "names that mean each other": lambda: catalog(
        HEALTHY, found("a", "Mod_B", "MOD.a"), found("b", "mod--a", "mod_-.b", distribution="mod-b")
    ),
    "extras that ask for one another, and nothing at the end": lambda: catalog(
        HEALTHY,
        found("a", "one[x]"),
        libraries={
            "one": library("two[y]; extra == 'x'"),
            "two": library("one[x]; extra == 'y'", "nowhere; extra == 'y'"),
        },
    ),
    "a marker nobody understands": lambda: catalog(HEALTHY, found("a", "lib; python_version ~= '3'")),
}
"""Environments in which every module but the healthy one, and those that stand aside, cannot run."""

HARMLESS: dict[str, Callable[[], Catalog]] = {
    "a chain of 3000 libraries": lambda: catalog(HEALTHY, found("a", "lib0"), libraries=chain(3000)),
    "a chain of 3000 libraries, each required": lambda: catalog(
        HEALTHY, found("a", *(f"lib{number}" for number in range(2000))), libraries=chain(3000)
    ),
    "3000 libraries side by side": lambda: catalog(
        HEALTHY,
        found("a", "lib"),
        libraries={"lib": library(*(f"lib{n}" for n in range(3000)))} | {f"lib{n}": library() for n in range(3000)},
    ),
    "a chain of 1000 modules": lambda: catalog(
        HEALTHY, found("m0"), *(found(f"m{n}", f"mod-m{n - 1}") for n in range(1, 1000))
    ),
    "200 modules that all wish to come after all": lambda: catalog(
        HEALTHY, *(found(f"m{i}", manifest=f"after = {[f'm{j}' for j in range(200)]}") for i in range(200))
    ),
    "extras in a circle": lambda: catalog(
        HEALTHY,
        found("a", "one[x]"),
        libraries={"one": library("two[y]; extra == 'x'"), "two": library("one[x]; extra == 'y'")},
    ),
    "a library that requires itself": lambda: catalog(
        HEALTHY, found("a", "one[x]"), libraries={"one": library("one", "one[x,y]; extra == 'x'")}
    ),
    "150 extras that each ask for all": lambda: catalog(
        HEALTHY,
        found("a", f"lib[{','.join(EXTRAS)}]"),
        libraries={"lib": library(*(f"lib[{','.join(EXTRAS)}]; extra == '{each}'" for each in EXTRAS))},
    ),
    "extras that nobody offers": lambda: catalog(
        HEALTHY, found("a", f"lib[{','.join(EXTRAS)}]"), libraries={"lib": "1.0"}
    ),
    "a library of 20000 requirements": lambda: catalog(
        HEALTHY, found("a", "lib"), libraries={"lib": library(*(f"lib{number}" for number in range(20_000)))}
    ),
    "a library of 3000 requirements nobody can read": lambda: catalog(
        HEALTHY, found("a", "lib"), libraries={"lib": library(*("\0" * number for number in range(3000)))}
    ),
    "parentheses 50 deep": lambda: catalog(HEALTHY, found("a", f"x; {'(' * 50}os_name == 'x'{')' * 50}")),
    "1000 modules": lambda: catalog(HEALTHY, *(found(f"m{number}") for number in range(1000))),
}
"""Environments that are odd, and in which every module runs all the same."""


def answer_to(on_disk: Catalog) -> Resolution:
    """Resolve, and see that the answer says something of everybody, in a few sentences each."""
    answer = resolve(on_disk, contract=Version("1.0"))
    lines = listing(on_disk, answer, {})
    assert len(lines) == len(on_disk.modules)
    for line in lines:
        assert (line.name in answer.order) is not bool(line.reasons)
        assert len(line.reasons) <= 180
        assert all(len(reason.text) + len(reason.remedy) < 4000 for reason in line.reasons)
    json.dumps([[line.as_json() for line in lines], [finding.as_json() for finding in answer.findings]])
    assert "healthy" in answer.order
    return answer


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_hostile_environment_is_told_apart_from_a_healthy_module(name: str) -> None:
    answer = answer_to(ENVIRONMENTS[name]())
    assert answer.reasons
    assert all(answer.reasons.values())


@pytest.mark.parametrize("name", HARMLESS)
def test_an_odd_environment_keeps_no_module_from_running(name: str) -> None:
    on_disk = HARMLESS[name]()
    assert set(answer_to(on_disk).order) == {module.name for module in on_disk.modules}


def test_requirements_that_nobody_can_follow_to_the_end_are_one_reason() -> None:
    """Each of a thousand libraries is required, each needs all behind it, and the last one is not there."""
    requires = [f"lib{number}" for number in range(900)]
    module = found("billing", *requires, distribution="hub-module-billing")
    reasons = answer_to(catalog(HEALTHY, module, libraries=chain(900, "nowhere"))).reasons["billing"]
    assert [reason.code for reason in reasons] == ["missing_requirement", "requirement_endless"]
    name = reasons[1].remedy.rpartition(" ")[2]
    assert shown(reasons[1]).replace(name, "acme-sdk") in section("requirement_endless")


def test_a_circle_of_a_thousand_modules_is_told_in_one_line() -> None:
    (reason,) = answer_to(catalog(HEALTHY, *circle(1000))).reasons["m500"]
    assert reason.code == "requirement_cycle"
    assert "m0 → m1 → m2" in reason.text
    assert "985 more" in reason.text


def test_wishes_that_contradict_each_other_are_left_out_one_by_one() -> None:
    modules = [found(name, manifest="after = ['a', 'b', 'c']") for name in "abc"]
    assert resolve(catalog(*modules), contract=Version("1.0")).order == load_order(
        {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    )


@pytest.mark.parametrize("text", ["lib; extra == 'x'", "lib; 'x' in extra", "lib; extra == '!'", "lib; extra == '_'"])
def test_an_odd_extra_is_read(text: str) -> None:
    assert not asked(text).always


GRAPHS = st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef")), min_size=6)
"""Small graphs with circles of every kind."""


def behind(name: str, edges: Mapping[str, AbstractSet[str]], seen: frozenset[str] = frozenset()) -> set[str]:
    """What ``name`` requires, directly or not; no cleverness, no code of the hub."""
    found = set(edges[name])
    for each in edges[name] - seen:
        found |= behind(each, edges, seen | {each})
    return found


@given(GRAPHS)
def test_a_knot_is_all_that_lead_to_one_another(edges: Mapping[str, set[str]]) -> None:
    expected = {
        name: {each for each in behind(name, edges) if name in behind(each, edges)}
        for name in edges
        if name in behind(name, edges)
    }
    assert knots(edges) == expected


@given(GRAPHS, GRAPHS)
def test_wishes_are_granted_as_if_they_were_tried_one_by_one(
    graph: Mapping[str, set[str]], wishes: Mapping[str, set[str]]
) -> None:
    requires = {name: {each for each in required if each < name} for name, required in graph.items()}
    expected = {name: set(required) for name, required in requires.items()}
    for name in sorted(wishes):
        for earlier in sorted(wishes[name] - {name}):
            if name not in behind(earlier, expected):
                expected[name].add(earlier)
    assert with_soft_order(requires, wishes) == expected
