"""Constraints and load order in memory, beside the plain use of packaging and graphlib."""

import json
from collections.abc import Callable, Iterable
from graphlib import TopologicalSorter
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from benchmarks.timing import Contestant, compare, print_comparison
from hub_core.catalog import Catalog, FoundDistribution, FoundModule
from hub_core.manifest import parse_manifest
from hub_core.resolution import asked, resolve

CORPUS = Path(__file__).parents[1] / "tests" / "corpora" / "odoo-19-modules.jsonl"
CONTRACT = Version("1.0")


def module(name: str, requires: Iterable[str]) -> FoundModule:
    """A module in memory: only what a resolution looks at."""
    return FoundModule(
        name=name,
        distribution=f"mod-{name.replace('_', '-')}",
        version=Version("1.5"),
        summary="",
        license="",
        requires=tuple(requires),
        requires_python=">=3.11",
        package=name,
        folder=Path(name),
        entry_point=name,
        editable=False,
        hash=name,
        manifest=parse_manifest("", name),
        revisions=(),
        faults=(),
    )


def catalog(modules: Iterable[FoundModule], libraries: Iterable[str] = ()) -> Catalog:
    """These modules and libraries, all of them in version 1.5."""
    made = tuple(modules)
    distributions = {each.distribution: FoundDistribution(version="1.5", requires=each.requires) for each in made}
    distributions |= {name: FoundDistribution(version="1.5") for name in (*libraries, "hub-hookspecs")}
    return Catalog(modules=made, distributions=distributions, findings=())


def repeated(count: int) -> Catalog:
    """Modules with four requirements each, whose texts occur as often as in the graph of Odoo: four in five are not new."""
    libraries = [f"lib{number}" for number in range(20)]
    return catalog(
        (
            module(
                f"m{number:04}",
                (
                    "hub-hookspecs>=1,<2",
                    f"lib{number % 20}>=1,<2",
                    f"lib{(number * 7) % 20}>=1.2",
                    f"mod-m{number // 10:04}>=1,<2" if number else "lib3>=1",
                ),
            )
            for number in range(count)
        ),
        libraries,
    )


def distinct(count: int) -> Catalog:
    """The same with no text twice."""
    modules = (
        module(f"m{number:04}", (f"hub-hookspecs>=0.{number}", *(f"lib{number}x{each}>=1,<2" for each in range(3))))
        for number in range(count)
    )
    return catalog(modules, (f"lib{number}x{each}" for number in range(count) for each in range(3)))


def odoo() -> Catalog:
    """The 633 installable modules of Odoo 19, each requirement in a range."""
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return catalog(
        module(
            row["module"],
            ("hub-hookspecs>=1,<2", *(f"mod-{name.replace('_', '-')}>=1,<2" for name in row.get("depends", ()))),
        )
        for row in rows
        if row.get("installable", True)
    )


def with_packaging(of: Catalog) -> list[str]:
    """What the documentation of packaging shows: parse each text, look up what is installed, compare; then graphlib."""
    by_distribution = {each.distribution: each.name for each in of.modules}
    graph: dict[str, set[str]] = {}
    for each in of.modules:
        graph[each.name] = set()
        for text in each.requires:
            requirement = Requirement(text)
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
                continue
            installed = of.distributions.get(requirement.name)
            version = (
                Version("1.0")
                if requirement.name == "hub-hookspecs"
                else Version(installed.version if installed else "0")
            )
            assert requirement.specifier.contains(version, prereleases=True), text
            if requirement.name in by_distribution:
                graph[each.name].add(by_distribution[requirement.name])
    return list(TopologicalSorter(graph).static_order())


def with_hub(of: Catalog) -> list[str]:
    """The resolution of the hub, with everything it judges."""
    answer = resolve(of, contract=CONTRACT)
    assert not answer.reasons
    return list(answer.order)


def in_turns(work: Callable[[Catalog], list[str]], of: Catalog, *, cold: bool = False) -> Contestant:
    """Run ``work``; ``cold`` forgets before each run what the hub keeps of texts it has read."""
    from hub_core.manifest import versions

    async def runs(count: int) -> None:
        for _ in range(count):
            if cold:
                asked.cache_clear()
                versions.read_requirement.cache_clear()
                versions.read_range.cache_clear()
                versions.read_version.cache_clear()
            work(of)

    return runs


async def resolving(_: object = None) -> None:
    """Constraints and order of a thousand modules that are known already."""
    for title, of in (
        ("1000 modules with 4 requirements, texts repeated", repeated(1000)),
        ("1000 modules with 4 requirements, all texts distinct", distinct(1000)),
        ("the 633 modules of Odoo 19", odoo()),
    ):
        assert sorted(with_hub(of)) == sorted(with_packaging(of))
        contestants = {
            "plain packaging and graphlib": in_turns(with_packaging, of),
            "hub, texts not read before": in_turns(with_hub, of, cold=True),
            "hub": in_turns(with_hub, of),
        }
        print_comparison(
            await compare(f"Constraints and order, {title}", contestants, rounds=11, calls=1),
            ("hub, texts not read before", "plain packaging and graphlib", "goal ≤ 0.10, texts repeated"),
            ("hub", "plain packaging and graphlib", "goal ≤ 0.10, texts repeated"),
        )
