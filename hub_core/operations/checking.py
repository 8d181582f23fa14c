"""``hub check``: what can run together, from files and from what the probe found before; ``deep_check`` asks more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..catalog import Finding
from ..planning import Desired, DocumentInvalid, ListedModule, listing
from ..settings import HubSettings
from .describing.probe_cache import remembered
from .describing.probe_reasons import probe_failures
from .document_file import written
from .installed import installed_catalog
from .resolving import resolved


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
        findings=(*catalog.findings, *resolution.findings, *findings, *contradictions(desired)),
    )


def contradictions(desired: Desired) -> Iterator[Finding]:
    """What is wanted of one module and cannot be had together."""
    for name, wish in sorted(desired.modules.items()):
        if wish.required and not wish.enabled:
            yield Finding(
                code="required_disabled",
                text=f"the hub is to be ready only with {name}, which is wanted disabled: it is ready without",
                remedy=f"Set enabled = true under [modules.{name}] in hub.toml, or take required out",
            )


def _wishes(settings: HubSettings) -> tuple[Desired, tuple[Finding, ...]]:
    """What hub.toml wants, nothing where there is none; what cannot be read is a finding."""
    try:
        return written(settings) or Desired(), ()
    except DocumentInvalid as error:
        text = f"{error.problem}: {error.cause}"
        return Desired(), (Finding(code=error.code, text=text, remedy=error.remedy),)
