"""Hold what one module asks for against what is on disk: each answer is an edge of the order or a reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from platform import python_version
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ..catalog import Finding, FoundModule, Reason
from ..manifest import Manifest, TextInvalid, did_you_mean, range_text
from .closure import Closure, python_range, runs_on_this_python
from .requirement import Asked, asked
from .unmet import Unmet
from .wording import Wording

MOST_REASONS: Final = 50
"""Reasons of one module that are told one by one."""
_MOST_SUGGESTIONS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What modules are judged against. ``points`` are the extension points with publisher and version."""

    closure: Closure
    wording: Wording
    points: Mapping[str, tuple[str, Version]]
    programs: Mapping[str, str | None]
    areas: Collection[str]
    recorded: Mapping[str, str]


@dataclass(slots=True)
class Judgement:
    """One module judged: the modules it cannot do without, those it only follows, and why it cannot run.

    ``optional`` are requirements under an extra that do not hold: they count while the other module is wanted. ``missing``
    are required distributions that are not there, with what brings each. ``untold`` counts reasons that nobody would read.
    """

    found: FoundModule
    around: Surroundings
    requires: set[str] = field(default_factory=set)
    follows: set[str] = field(default_factory=set)
    reasons: list[Reason] = field(default_factory=list)
    optional: list[tuple[str, Unmet, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    untold: int = 0

    def judge(self) -> None:
        """Judge everything that does not depend on which other modules are wanted; all reasons are gathered."""
        for fault in self.found.faults:
            self._add_reason(fault)
        self._judge_name()
        self._judge_python()
        self._judge_requirements()
        if manifest := self.found.manifest:
            for point, versions in manifest.implements.items():
                self._judge_point(point, versions)
            for program in manifest.binaries:
                self._judge_program(program)
            if isinstance(manifest.auto_install, tuple):
                self._judge_glue(manifest.auto_install)
            for name in manifest.reaches_into:
                self._judge_target(name, manifest)

    def judge_optional(self, running: Collection[str]) -> None:
        """Judge what it asks of modules that it does not require and that run beside it."""
        for optional in self.optional:
            if optional[0] in running:
                self._add_reason(self.optional_reason(optional))

    def optional_reason(self, optional: tuple[str, Unmet, str]) -> Reason:
        """Why it cannot run beside a module that it does not require."""
        _, unmet, extra = optional
        return self.around.wording.unmet(self.found, unmet, extra)

    def _add(self, code: str, text: str, remedy: str) -> None:
        self._add_reason(Reason(code=code, text=text, remedy=remedy))

    def _add_reason(self, reason: Reason) -> None:
        if len(self.reasons) >= MOST_REASONS:
            self.untold += 1
        elif reason not in self.reasons:  # one module may be needed by requirement and by extension point
            self.reasons.append(reason)

    def add_all(self, reasons: Iterable[Reason]) -> None:
        """Add what was found elsewhere."""
        for reason in reasons:
            self._add_reason(reason)

    def close(self) -> None:
        """Say how many reasons were left out, when all are found."""
        if self.untold:
            self.reasons.append(
                Reason(
                    code="more_reasons",
                    text=f"has {self.untold} more reasons like these",
                    remedy=f"Install another release of {self.found.distribution}, or pip uninstall {self.found.distribution}",
                )
            )

    def _judge_name(self) -> None:
        name = self.found.name
        if name in self.around.areas and all(fault.code != "name_invalid" for fault in self.found.faults):
            self._add(
                "name_invalid",
                f"{name} is the name of an area of this hub",
                f"Take {name} out of areas in hub.toml, or uninstall {self.found.distribution}",
            )

    def _judge_requirements(self) -> None:
        unmet: dict[tuple[str, str, str], Unmet] = {}
        for text in self.found.requires:
            try:
                verdict = self.around.closure.verdict(text)
            except TextInvalid as error:
                self._add(
                    "metadata_invalid",
                    f"Requires-Dist of {self.found.distribution} {self.found.version}: {error}",
                    f"Install a release of {self.found.distribution} with valid metadata",
                )
                continue
            self.requires.update(verdict.modules)
            for each in verdict.unmet:  # two libraries may lead to the same one: the shorter way is told
                key = (each.kind, str(each.asked) if each.kind != "endless" else "", each.by)
                if key not in unmet or len(each.through) < len(unmet[key].through):
                    unmet[key] = each
            if not verdict.is_plain:
                self._judge_special(text, asked(text))
        told = list(unmet.values())[:MOST_REASONS]
        self.untold += len(unmet) - len(told)
        for each in told:
            reason = self.around.wording.unmet(self.found, each)
            self._add_reason(reason)
            if each.kind == "missing" and not each.by:
                self.missing[each.asked.distribution] = reason.remedy
        self.requires.discard(self.found.name)

    def _judge_python(self) -> None:
        text = self.found.requires_python
        if text and not runs_on_this_python(text):
            unmet = Unmet(kind="python", asked=python_range(text), installed=python_version())
            self._add_reason(self.around.wording.unmet(self.found, unmet))

    def _judge_special(self, text: str, wanted: Asked) -> None:
        """Requirements under an extra, and those that name a place instead of a range."""
        if wanted.by_url and (wanted.always or wanted.under):
            self.findings.append(
                Finding(
                    code="direct_url",
                    text=f"{self.found.name} requires {wanted.distribution} from a direct URL "
                    f"(Requires-Dist of {self.found.distribution} {self.found.version}); which versions suit it is not known",
                    remedy=f"Ask the author of {self.found.distribution} for a version range in place of the URL",
                )
            )
        if not wanted.always and wanted.under:
            module = self.around.closure.by_distribution.get(wanted.distribution)
            if module is None or module.name == self.found.name:
                return  # a library under an extra is for pip to bring, and for those who ask for the extra
            self.follows.add(module.name)
            extra = min(wanted.under)
            for unmet in self.around.closure.under_extra(text).unmet:
                if unmet.kind == "version" and unmet.module == module.name:
                    self.optional.append((module.name, unmet, extra))

    def _judge_point(self, point: str, versions: SpecifierSet) -> None:
        stands = f"[implements] of {self.found.distribution} {self.found.version}"
        if point not in self.around.points:
            self._add_missing_point(point, stands)
            return
        publisher, version = self.around.points[point]
        if not versions.contains(version, prereleases=True):
            other = self.around.closure.chosen[publisher].distribution
            self._add(
                "extension_point_version",
                f"implements {point} {range_text(versions)} ({stands}); {publisher} ({other}) publishes {version}",
                f"pip install --upgrade {self.found.distribution} {other}",
            )
        elif publisher != self.found.name:
            self.requires.add(publisher)

    def _add_missing_point(self, point: str, stands: str) -> None:
        """Nobody publishes the point; when its module is gone from disk and required, that one reason says it all."""
        publisher = next((name for name in self.around.recorded if point.startswith(f"{name}_")), None)
        if publisher and self.around.recorded[publisher] in self.missing:
            return
        install = "Install the module that publishes it"
        if publisher:
            install = f"pip install {self.around.recorded[publisher]}"
        elif len(self.missing) == 1:
            (install,) = self.missing.values()
        meant = did_you_mean(point, self.around.points) if len(self.reasons) < _MOST_SUGGESTIONS else ""
        self._add(
            "extension_point_missing", f"implements {point} ({stands}), which no module publishes{meant}", install
        )

    def _judge_program(self, program: str) -> None:
        if self.around.programs.get(program) is None:
            self._add(
                "binary_missing",
                f"needs the program {program} (binaries of {self.found.distribution} {self.found.version}), which is not on PATH",
                f"Install {program}, and see that `which {program}` finds it for the user the hub runs as",
            )

    def _judge_glue(self, names: tuple[str, ...]) -> None:
        """A name that is not required would keep the glue away for ever; it may be that of one that is not installed."""
        for name in names:
            if name not in self.requires and (name in self.around.closure.chosen or not self.missing):
                self._add(
                    "glue_invalid",
                    f"auto_install names {name}, which {self.found.distribution} {self.found.version} does not "
                    f"require{did_you_mean(name, tuple(self.requires))}",
                    f"Require the distribution of {name} as well, or take it out of auto_install in hub-module.toml",
                )

    def _judge_target(self, name: str, manifest: Manifest) -> None:
        """Whose model or route it changes must be there first. One that is not installed may be among the missing."""
        if name in self.requires or (name not in self.around.closure.chosen and self.missing):
            return
        words = [f"extends {each.model}" for each in manifest.extends if each.module == name]
        words += [f"wraps {each.route}" for each in manifest.overrides if each.module == name]
        self._add(
            "target_not_required",
            f"{' and '.join(words)}, and {self.found.distribution} {self.found.version} does not require {name}"
            f"{did_you_mean(name, tuple(self.requires))}",
            f"Add the distribution of {name} with a range of versions to dependencies in pyproject.toml of {self.found.name}",
        )

    def judge_tier(self, judged: Mapping[str, "Judgement"]) -> None:
        """A core module may not need an optional one, nor by way of internal ones."""
        if not self._is("core"):
            return
        waiting = [(name, "") for name in sorted(self.requires)]
        seen = {name for name, _ in waiting}
        for name, way in waiting:  # grows as it goes
            other = judged[name]
            if other._is("optional"):
                self._add(
                    "tier_mismatch",
                    f"is of tier core and needs {name}{way}, which is of tier optional",
                    f"Install releases of {self.found.distribution} and {other.found.distribution} whose tiers agree",
                )
            elif other._is("internal"):
                new = sorted(other.requires - seen)
                seen.update(new)
                waiting += [(each, f" by way of {name}") for each in new]

    def _is(self, tier: str) -> bool:
        return self.found.manifest is not None and self.found.manifest.tier == tier


def requirement_faults(closure: Closure) -> list[Finding]:
    """What libraries say that nobody can read; their modules are not refused for it, as pip does not either."""
    return [
        Finding(
            code="requirement_unreadable",
            text=f"{name}: {text}; this requirement was passed over",
            remedy=f"pip install --upgrade {name}",
        )
        for name, text in sorted(closure.unreadable.items())
    ]
