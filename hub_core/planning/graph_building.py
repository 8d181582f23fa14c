"""Make the graph of modules from what is listed of them: from metadata and manifests alone."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ..catalog import FoundDistribution, FoundModule
from ..manifest import Manifest, TextInvalid, range_text, read_version
from ..resolution import Asked, asked
from .graph import Edge, EdgeKind, Graph, Node
from .listed import ListedModule

_ANY: Final = SpecifierSet()


def module_graph(
    modules: Sequence[ListedModule], distributions: Mapping[str, FoundDistribution], *, libraries: bool = False
) -> Graph:
    """The graph of ``modules``. What one requires and is not there is a node too.

    :param distributions: everything installed, by normalised name.
    :param libraries: also show the installed libraries that modules require directly.
    """
    return _Building(modules, distributions, libraries).graph()


@dataclass(slots=True)
class _Building:
    modules: Sequence[ListedModule]
    distributions: Mapping[str, FoundDistribution]
    libraries: bool
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str, EdgeKind, str], tuple[SpecifierSet, str]] = field(default_factory=dict)
    by_distribution: dict[str, list[str]] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    points: dict[str, tuple[str, Version]] = field(default_factory=dict)
    others: dict[tuple[str, str], str] = field(default_factory=dict)

    def graph(self) -> Graph:
        """Add every module, then all each asks for."""
        times = Counter(module.name for module in self.modules)
        listed = [(self._add_module(module, alone=times[module.name] == 1), module) for module in self.modules]
        for key, module in sorted(listed, key=lambda each: each[1].found is None):  # what is on disk comes first
            if module.found or module.distribution not in self.by_distribution:
                self.by_distribution.setdefault(module.distribution, []).append(key)
            if module.found and module.found.manifest and not _is_refused(module):
                for point, version in module.found.manifest.extension_points.items():
                    self.points.setdefault(point, (key, version))
        for key, module in listed:
            if module.found:
                self._add_requirements(key, module.found)
            if module.found and module.found.manifest:
                self._add_points(key, module.found.manifest)
                self._add_after(key, module.found.manifest)
        return Graph(nodes=tuple(self.nodes.values()), edges=tuple(sorted(self._edges(), key=_place)))

    def _add_module(self, module: ListedModule, *, alone: bool) -> str:
        node = Node(
            id=self._free_id(module.name if alone else f"{module.name} ({module.distribution})"),
            kind="module",
            name=module.name,
            title=module.title,
            distribution=module.distribution,
            version=module.version,
            state=module.state,
            conditions=module.conditions,
        )
        self.nodes[node.id] = node
        self.by_name.setdefault(module.name, []).append(node.id)
        return node.id

    def _add_requirements(self, key: str, found: FoundModule) -> None:
        for text in found.requires:
            with suppress(TextInvalid):  # a marker without meaning, for which the module is blocked
                self._add_requirement(key, asked(text))

    def _add_requirement(self, key: str, requirement: Asked) -> None:
        for target in self.by_distribution.get(requirement.distribution, ()):
            if requirement.always:
                self._tie(key, target, "requires", "", requirement.range)
            elif requirement.under:
                self._tie(key, target, "extra", ", ".join(sorted(requirement.under)), requirement.range)
        if requirement.always and requirement.distribution not in self.by_distribution:
            self._require_other(key, requirement.distribution, requirement.range)

    def _require_other(self, key: str, distribution: str, versions: SpecifierSet) -> None:
        installed = self.distributions.get(distribution)
        if installed is None:
            self._tie(key, self._other("missing", distribution), "requires", "", versions)
        elif self.libraries:
            self._tie(key, self._other("library", distribution, installed.version), "requires", "", versions)

    def _add_points(self, key: str, manifest: Manifest) -> None:
        for point, versions in manifest.implements.items():
            publisher, version = self.points.get(point) or (self._other("missing_point", point), "")
            self._tie(key, publisher, "implements", point, versions, str(version))

    def _add_after(self, key: str, manifest: Manifest) -> None:
        for name in manifest.after:
            for target in self.by_name.get(name, ()):
                if (key, target, "requires", "") not in self.edges:  # which orders them already
                    self._tie(key, target, "after", "", _ANY)

    def _tie(
        self, source: str, target: str, kind: EdgeKind, name: str, versions: SpecifierSet, version: str = ""
    ) -> None:
        """Add an edge; of several requirements on one distribution it has all ranges. A point has a version of its own."""
        if source != target:
            key = (source, target, kind, name)
            before, _ = self.edges.get(key, (_ANY, ""))
            self.edges[key] = before & versions, version or self.nodes[target].version

    def _other(self, kind: str, name: str, version: str = "") -> str:
        """The id of a node that is no module, made when first asked for."""
        if (kind, name) not in self.others:
            key = self.others[kind, name] = self._free_id(
                f"point {name}" if kind == "missing_point" else f"distribution {name}"
            )
            if kind == "missing_point":
                self.nodes[key] = Node(id=key, kind="missing_point", name=name)
            elif kind == "missing":
                self.nodes[key] = Node(id=key, kind="missing", name=name, distribution=name)
            else:
                self.nodes[key] = Node(id=key, kind="library", name=name, distribution=name, version=version)
        return self.others[kind, name]

    def _free_id(self, wanted: str) -> str:
        while wanted in self.nodes:  # a module may be called whatever its entry point says
            wanted += "'"
        return wanted

    def _edges(self) -> Iterator[Edge]:
        for (source, target, kind, name), (versions, version) in self.edges.items():
            missing = self.nodes[target].kind in ("missing", "missing_point")
            yield Edge(
                source=source,
                target=target,
                kind=kind,
                name=name,
                range=range_text(versions),
                holds=not missing and _holds(versions, version),
            )


def _place(edge: Edge) -> tuple[str, bool, str, str, str]:
    return edge.source, edge.is_soft, edge.target, edge.kind, edge.name


def _is_refused(module: ListedModule) -> bool:
    return any(reason.code == "name_clash" for reason in module.reasons)


def _holds(versions: SpecifierSet, version: str) -> bool:
    try:
        return not versions or versions.contains(read_version(version), prereleases=True)
    except TextInvalid:
        return False
