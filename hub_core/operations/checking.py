"""``hub check``: what can run together, from files and from what the probe found before; ``deep_check`` asks more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..catalog import Finding, Reason
from ..planning import Desired, DocumentInvalid, Failure, ListedModule, listing
from ..settings import HubSettings
from .document_file import written
from .installed import installed_catalog
from .probe_cache import Entry, remembered
from .resolving import resolved

_REMEDIES: Final = {
    "slow": "Try again with more time: hub check --deep --seconds 60; or install a release of {module} that imports faster",
    "memory": "Install a release of {module} that needs less memory when it is imported",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer of a check. ``order`` are the modules that can run; ``unmet`` those that are wanted and cannot."""

    order: tuple[str, ...]
    modules: tuple[ListedModule, ...]
    findings: tuple[Finding, ...]
    unmet: tuple[str, ...] = ()

    @property
    def is_no(self) -> bool:
        """Whether a module that is here cannot run, or one that is wanted."""
        return bool(self.unmet) or any(module.reasons for module in self.modules if module.found is not None)

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing at all to be said."""
        return not self.is_no and not self.findings and not any(module.conditions for module in self.modules)

    def as_json(self) -> dict[str, Any]:
        """The object of ``hub check --json``."""
        return {
            "order": self.order,
            "modules": [module.as_json() for module in self.modules],
            "findings": [finding.as_json() for finding in self.findings],
        }


def check(settings: HubSettings) -> Checked:
    """Read files only: no module is imported, no database opened, no process started.

    All that is on disk shall run, but for what hub.toml disables.
    """
    catalog = installed_catalog(settings)
    desired, findings = _wishes(settings)
    off = {name for name, wish in desired.modules.items() if not wish.enabled}
    resolution = resolved(catalog, {}, None, settings.areas, off=off)
    known = remembered(settings, catalog, resolution)
    modules = listing(catalog, resolution, {}, dict(probe_failures(known.answers, known.when)), desired)
    cannot = {line.name for line in modules if line.reasons and line.found is resolution.chosen.get(line.name)}
    return Checked(
        order=tuple(name for name in resolution.order if name not in cannot and name not in off),
        modules=modules,
        findings=(*catalog.findings, *resolution.findings, *findings),
    )


def _wishes(settings: HubSettings) -> tuple[Desired, tuple[Finding, ...]]:
    """What hub.toml wants, nothing where there is none; what cannot be read is a finding."""
    try:
        return written(settings) or Desired(), ()
    except DocumentInvalid as error:
        text = f"{error.problem}: {error.cause}"
        return Desired(), (Finding(code=error.code, text=text, remedy=error.remedy),)


def probe_failures(answers: Mapping[str, Entry], when: str = "") -> Iterator[tuple[str, Failure]]:
    """Of the probe's answers those that keep a module from running, as listings tell them.

    :param when: when they were found, for answers of an earlier run: those a new one may show to be over.
    """
    for module, answer in answers.items():
        if answer["kind"] == "requirement":
            reason = Reason(code="requirement_failed", text=answer["text"], remedy=answer["remedy"])
            yield module, Failure(condition="blocked", reason=_dated(reason, ", when it was probed", when))
        elif answer["kind"] != "described":
            reason = _reason(answer)
            yield module, Failure(condition="failed", reason=_dated(reason, "", when))


def _dated(reason: Reason, lead: str, when: str) -> Reason:
    if not when:
        return reason
    remedy = f"{reason.remedy}; hub check --deep probes it anew" if reason.remedy else "hub check --deep probes it anew"
    return replace(reason, text=f"{reason.text}{lead} on {when}", remedy=remedy)


def _reason(answer: Entry) -> Reason:
    module, phase = answer["module"], answer["phase"]
    own = _REMEDIES.get(answer["kind"], "").format(module=module)
    return Reason(
        code=f"failed_{phase}".replace(" ", "_"),
        text=f"{phase} ({answer['text']}) when it was probed",
        remedy=own or answer["remedy"] or f"Correct {module}, or install a release that works",
    )
