"""What every listing says of a module: recorded state and present conditions, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..catalog import Catalog, FoundModule, Reason
from ..planning import ModuleState, RecordedModule
from ..resolution import Resolution

_NONE: Mapping[str, tuple[str, Reason]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleStatus:
    """One module as ``hub list``, ``hub show`` and ``/api/v1/modules`` tell it.

    ``state`` is what the database records; ``conditions`` are a set beside it: ``available``, ``blocked``, ``failed``,
    ``orphaned``, ``upgrade pending``.
    """

    name: str
    title: str
    summary: str
    category: str
    application: bool
    distribution: str
    version: str
    state: ModuleState
    conditions: tuple[str, ...]
    reasons: tuple[Reason, ...]

    @property
    def is_installed(self) -> bool:
        """Whether the module has its schema in the database."""
        return self.state is not ModuleState.ABSENT

    def as_json(self) -> dict[str, Any]:
        """The object of ``--json`` and of the HTTP API."""
        return {
            "name": self.name,
            "title": self.title,
            "summary": self.summary,
            "category": self.category,
            "application": self.application,
            "distribution": self.distribution,
            "version": self.version,
            "state": self.state.value,
            "conditions": list(self.conditions),
            "reasons": [reason.as_json() for reason in self.reasons],
        }


def module_statuses(
    catalog: Catalog,
    resolution: Resolution,
    recorded: Mapping[str, RecordedModule],
    failures: Mapping[str, tuple[str, Reason]] = _NONE,
) -> tuple[ModuleStatus, ...]:
    """Every module on disk or in the database, by name. ``failures``: condition and reason of what did not come up."""
    on_disk = [_of_found(found, resolution, recorded.get(found.name), failures) for found in catalog.modules]
    names = {found.name for found in catalog.modules}
    orphans = [_of_orphan(record) for name, record in recorded.items() if name not in names]
    return tuple(sorted([*on_disk, *orphans], key=lambda status: (status.name, status.distribution)))


def _of_found(
    found: FoundModule,
    resolution: Resolution,
    record: RecordedModule | None,
    failures: Mapping[str, tuple[str, Reason]],
) -> ModuleStatus:
    if record is not None and record.distribution != found.distribution:
        record = None
    conditions, reasons = [], list(resolution.reasons_of(found))
    if reasons:
        conditions.append("blocked")
    elif found.name in failures and resolution.modules.get(found.name) is found:
        condition, reason = failures[found.name]
        conditions.append(condition)
        reasons.append(reason)
    if record is None:
        conditions.append("available")
    elif record.version != str(found.version):
        conditions.append("upgrade pending")
    manifest = found.manifest
    return ModuleStatus(
        name=found.name,
        title=manifest.title if manifest else found.name,
        summary=(manifest.summary if manifest else None) or found.summary,
        category=manifest.category if manifest else "",
        application=bool(manifest and manifest.application),
        distribution=found.distribution,
        version=str(found.version),
        state=record.state if record else ModuleState.ABSENT,
        conditions=tuple(conditions),
        reasons=tuple(reasons),
    )


def _of_orphan(record: RecordedModule) -> ModuleStatus:
    reason = Reason(
        code="distribution_missing",
        text=f"{record.distribution} is recorded but not installed; its tables are kept",
        remedy=f"pip install '{record.distribution}=={record.version}'",
    )
    return ModuleStatus(
        name=record.name,
        title=record.name,
        summary="",
        category="",
        application=False,
        distribution=record.distribution,
        version=record.version,
        state=record.state,
        conditions=("orphaned",),
        reasons=(reason,),
    )
