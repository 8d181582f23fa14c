"""``hub check --deep``: also import every module where it can do no harm, and hold all against database and hub.toml."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from ..catalog import Catalog, Finding, Reason, source_faults
from ..errors import HubError
from ..loading import Limits, Probed, ProbeUnavailable, probe_modules
from ..planning import DocumentInvalid, Failure, ListedModule, listing
from ..settings import HubSettings
from .checking import Checked, contradictions
from .describing.descriptions import keep
from .describing.module_values import module_values
from .describing.probe_cache import remember
from .describing.probe_keys import probe_keys
from .describing.probe_reasons import probe_failures
from .document_file import written
from .environment import Situation, situation_of
from .installed import installed_catalog
from .previews.preview import preview, without_database
from .recorded_state import RecordedState, recorded_state

OnProbed = Callable[[Probed, int], None]
"""Told of each module as it was probed, and how many there are in all."""

_PROBED: Final = frozenset(
    f"failed_{phase}"
    for phase in (
        "import",
        "hooks",
        "settings",
        "models",
        "migrations",
        "extension_points",
        "services",
        "routes",
        "pages",
    )
)
"""Codes of recorded failures that a module has overcome when the probe describes it."""
_OF_REQUIREMENTS: Final = frozenset({"requirement_failed", "failed_requirements"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """How it stands as far as database and hub.toml can be read, and what is to be said of that."""

    situation: Situation
    has_document: bool
    failures: Mapping[str, Failure] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def unmet(self, failures: Mapping[str, Failure]) -> Mapping[str, Reason]:
        """The modules somebody wants and that cannot run, by name, with why.

        Where nobody has wished anything yet, `hub up` would want what it can run: that is no wish to be held against.
        """
        now = self.situation
        if not now.recorded and not self.has_document:
            return {}
        blocked = {name: reasons[0] for name, reasons in now.plan.blocked.items()}
        failed = {name: failures[name].reason for name in now.resolution.wanted if name in failures}
        return dict(sorted({**failed, **blocked}.items()))


def deep_check(settings: HubSettings, *, limits: Limits, on_probed: OnProbed) -> Checked:
    """Probe all modules that can run, and read what is recorded and wanted; nothing but the probe's cache is written."""
    seen = _seen(settings)
    now = seen.situation
    failures, findings = _probed(seen, settings, limits, on_probed)
    modules = listing(now.catalog, now.resolution, now.recorded, failures, now.desired)
    unmet = seen.unmet(failures)
    return Checked(
        order=tuple(name for name in now.resolution.order if name not in failures),
        modules=modules,
        findings=(
            *(*now.catalog.findings, *now.resolution.findings, *seen.findings, *findings),
            *contradictions(now.desired),
            *_unmet_findings(unmet, modules),
            *_foreign_imports(now.catalog),
        ),
        unmet=tuple(unmet),
    )


def _seen(settings: HubSettings) -> _Seen:
    has_document = settings.config_file.exists()
    try:
        now = preview(settings)
    except HubError as error:
        text = f"{error.problem}: {error.cause}" if error.cause else error.problem
        finding = Finding(code=error.code, text=text, remedy=error.remedy)
        return _Seen(has_document=has_document, situation=_partly(settings, error), findings=(finding,))
    except (SQLAlchemyError, ValueError) as error:  # damaged, or tables of somebody else
        why = " ".join(str(getattr(error, "orig", None) or error).split())
        finding = Finding(
            code="database_unreadable",
            text=f"what the hub recorded in the database cannot be read: {why}",
            remedy="See `hub doctor`; restore the database from a backup, or name another",
        )
        return _Seen(
            has_document=has_document, situation=without_database(settings, written(settings)), findings=(finding,)
        )
    drift = tuple(
        Finding(code="drift", text=line, remedy="See `hub plan`; `hub up` brings it about")
        for line in (*now.plan.drift, *now.drift)
    )
    return _Seen(has_document=has_document, situation=now.situation, failures=now.failures, findings=drift)


def _partly(settings: HubSettings, error: HubError) -> Situation:
    """How it stands without hub.toml when that is what cannot be read, else without the database."""
    if not isinstance(error, DocumentInvalid):
        return without_database(settings, written(settings))
    state = RecordedState()
    with suppress(HubError, SQLAlchemyError, ValueError):
        state = recorded_state(settings)
    return situation_of(installed_catalog(settings), state.modules, state.desired, "", settings)


def _probed(
    seen: _Seen, settings: HubSettings, limits: Limits, on_probed: OnProbed
) -> tuple[Mapping[str, Failure], tuple[Finding, ...]]:
    """What keeps modules from coming up: recorded, unless the probe knows better, and found by the probe."""
    now = seen.situation
    total = len(now.resolution.order)
    keys = probe_keys(now.catalog, now.resolution, settings.areas, now.resolution.order)
    names = probe_keys(
        now.catalog, now.resolution, settings.areas, now.resolution.order, by_file=settings.edited_files == "allow"
    )
    values = {name: module_values(settings, now.desired, name) for name in now.wanted()}
    try:
        answers = probe_modules(
            now.resolution,
            settings.areas,
            settings=values,
            limits=limits,
            on_probed=lambda probed: on_probed(probed, total),
        )
    except ProbeUnavailable as error:
        return seen.failures, (Finding(code=error.code, text=f"{error.problem}: {error.cause}", remedy=error.remedy),)
    entries = {answer.module: answer.as_json() for answer in answers}
    remember(settings, keys, entries.values())
    keep(settings, names, values, answers)
    failures = dict(probe_failures(entries))
    for name in now.resolution.order:
        recorded = seen.failures.get(name)
        if recorded and name not in failures and not _is_overcome(recorded, now.resolution.requires[name], failures):
            failures[name] = recorded
    return failures, ()


def _is_overcome(failure: Failure, requires: Collection[str], failures: Collection[str]) -> bool:
    """Whether the probe of a module, which went well, shows that a recorded failure is a thing of the past."""
    if failure.reason.code in _OF_REQUIREMENTS:
        return not set(requires) & set(failures)
    return failure.reason.code in _PROBED


def _unmet_findings(unmet: Mapping[str, Reason], modules: tuple[ListedModule, ...]) -> Iterator[Finding]:
    listed = {module.name for module in modules}
    for name, reason in unmet.items():
        text = f"{name} is wanted and cannot run: {reason.text}" if name in listed else reason.text
        yield Finding(code="wanted_cannot_run", text=text, remedy=reason.remedy)


def _foreign_imports(catalog: Catalog) -> Iterator[Finding]:
    for found in catalog.modules:
        for fault in source_faults(found, catalog.modules, imports_only=True) if found.hash else ():
            inside = fault.file.relative_to(found.folder.parent)
            yield Finding(
                code=fault.reason.code,
                text=f"{found.name} ({found.distribution} {found.version}) {inside}:{fault.line} {fault.reason.text}",
                remedy=f"Tell the author of {found.distribution}: hub validate {found.name} shows all of it",
            )
