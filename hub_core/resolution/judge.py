"""Hold what one module asks for against what is on disk: each answer is an edge of the order or a reason."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from ..catalog import FoundDistribution, FoundModule, Reason
from ..manifest import TextInvalid, did_you_mean, range_text, read_requirement, read_version

CONTRACT_DISTRIBUTION: Final = "hub-hookspecs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What modules are judged against: the chosen module of each name, everything installed, the hub's contract."""

    chosen: Mapping[str, FoundModule]
    by_distribution: Mapping[str, FoundModule]
    points: Mapping[str, tuple[str, Version]]
    distributions: Mapping[str, FoundDistribution]
    contract: Version
    disabled: Collection[str]


@dataclass(slots=True)
class Judgement:
    """One module judged: the modules it must follow, and why it cannot run."""

    found: FoundModule
    requires: set[str] = field(default_factory=set)
    reasons: list[Reason] = field(default_factory=list)

    def against(self, around: Surroundings) -> "Judgement":
        """Judge every requirement and every extension point; all reasons are gathered."""
        self.reasons += self.found.faults
        for requirement in map(read_requirement, self.found.requires):
            if self._applies(requirement):
                self._judge_requirement(requirement, around)
        if self.found.manifest:
            for point, versions in self.found.manifest.implements.items():
                self._judge_point(point, versions, around)
        return self

    def _add(self, code: str, text: str, remedy: str) -> None:
        reason = Reason(code=code, text=text, remedy=remedy)
        if reason not in self.reasons:  # one module may be needed by requirement and by extension point
            self.reasons.append(reason)

    def _applies(self, requirement: Requirement) -> bool:
        try:
            return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        except (UndefinedComparison, UndefinedEnvironmentName) as error:
            self._add(
                "metadata_invalid",
                f"the marker of {requirement} has no meaning: {error}",
                f"Install a release of {self.found.distribution} with valid metadata",
            )
            return False

    def _judge_requirement(self, requirement: Requirement, around: Surroundings) -> None:
        distribution = canonicalize_name(requirement.name)
        if distribution == CONTRACT_DISTRIBUTION:
            self._judge_contract(requirement.specifier, around.contract)
        elif module := around.by_distribution.get(distribution):
            self._judge_version(requirement, str(module.version))
            if module.name != self.found.name:
                self._follow(module, around)
        elif installed := around.distributions.get(distribution):
            self._judge_version(requirement, installed.version)
        else:
            wanted = _wanted(requirement)
            self._add("missing_requirement", f"needs {wanted}, which is not installed", f"pip install '{wanted}'")

    def _judge_contract(self, needs: SpecifierSet, speaks: Version) -> None:
        if not needs.contains(speaks, prereleases=True):
            self._add(
                "contract_mismatch",
                f"needs hook contract {range_text(needs)}; this hub speaks {speaks}",
                f"Install a release of {self.found.distribution} for contract {speaks}, or upgrade the hub",
            )

    def _judge_version(self, requirement: Requirement, installed: str) -> None:
        """What is installed satisfies, pre-releases too: pip installed it, so someone chose it."""
        try:
            if requirement.specifier.contains(read_version(installed), prereleases=True):
                return
        except TextInvalid:
            if not requirement.specifier:
                return
        wanted = _wanted(requirement)
        self._add("version_mismatch", f"needs {wanted}, but {installed} is installed", f"pip install '{wanted}'")

    def _follow(self, module: FoundModule, around: Surroundings) -> None:
        """Require another module: it must be the chosen one of its name, and not disabled."""
        name = module.name
        if around.chosen.get(name) is not module:
            self._add(
                "requirement_blocked",
                f"needs {name} from {module.distribution}, which is refused",
                f"Uninstall the other distribution that claims the name {name}",
            )
        elif name in around.disabled:
            self._add("requirement_disabled", f"needs {name}, which is not enabled", f"Enable {name}")
        else:
            self.requires.add(name)

    def _judge_point(self, point: str, versions: SpecifierSet, around: Surroundings) -> None:
        if point not in around.points:
            self._add(
                "extension_point_missing",
                f"implements {point}, which no module publishes{did_you_mean(point, around.points)}",
                "Install the module that publishes it",
            )
            return
        publisher, version = around.points[point]
        if not versions.contains(version, prereleases=True):
            self._add(
                "extension_point_version",
                f"implements {point} {range_text(versions)}; {publisher} publishes {version}",
                f"Install releases of {self.found.name} and {publisher} that agree",
            )
        elif publisher != self.found.name:
            self._follow(around.chosen[publisher], around)


def _wanted(requirement: Requirement) -> str:
    return f"{requirement.name}{range_text(requirement.specifier)}"
