"""What an operation starts from: the modules on disk, what the database records, what hub.toml and it want."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ..catalog import VERSIONS, Catalog, heads_of
from ..migrations import MigrationSource, heads
from ..planning import (
    Desired,
    Plan,
    RecordedModule,
    document,
    initial_document,
    merge,
    plan,
)
from ..registry import desired as stored_desired
from ..registry import last_document
from ..registry import recorded as read_recorded
from ..resolution import Resolution
from ..settings import HubSettings
from .document_file import document_text, write_document
from .installed import installed_catalog
from .resolving import resolved
from .stamped import stamped


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Disk, database and wishes at one moment, and the plan between them. ``document_text`` is hub.toml as read."""

    catalog: Catalog
    resolution: Resolution
    recorded: Mapping[str, RecordedModule]
    desired: Desired
    document_text: str
    plan: Plan

    def wanted(self) -> tuple[str, ...]:
        """The modules to bring up, in load order: wanted by somebody, or enabled and unmentioned, and not blocked."""
        order, wanted = self.resolution.order, self.resolution.wanted
        return tuple(name for name in order if name in wanted and name not in self.plan.blocked)

    def leaving(self) -> tuple[str, ...]:
        """The modules to be disabled whose code can run, those that require others first."""
        names = (step.module for step in self.plan.steps if step.kind == "disable")
        return tuple(name for name in names if name in self.resolution.modules)

    def newest_revision(self, name: str) -> str | None:
        """The last revision a module has on disk, read without importing it; ``None`` for one without."""
        found = self.resolution.chosen.get(name)
        return next((revision.id for revision in heads_of(found.revisions)), None) if found else None

    def newest_of(self, source: MigrationSource) -> str | None:
        """The same for the revisions a description names: the catalog knows those in the usual folder, others are read."""
        found = self.resolution.chosen.get(source.module)
        if found is not None and found.folder / VERSIONS == source.folder:
            return self.newest_revision(source.module)
        return next(iter(heads(source)), None)


def situation(connection: Connection, settings: HubSettings, *, applies_document: bool) -> Situation:
    """Read everything and plan. With ``applies_document``, what changed in hub.toml since it was applied is wanted."""
    recorded, drift = stamped(connection, read_recorded(connection))
    catalog = installed_catalog(settings)
    stored, text = stored_desired(connection), last_document(connection) or ""
    if applies_document:
        before = document(text)
        text = _document_text(settings, catalog, recorded, text)
        stored = merge(stored, before, document(text))
    now = situation_of(catalog, recorded, stored, text, settings)
    return replace(now, plan=replace(now.plan, drift=(*drift, *now.plan.drift))) if drift else now


def situation_of(
    catalog: Catalog,
    recorded: Mapping[str, RecordedModule],
    desired: Desired,
    document_text: str,
    settings: HubSettings,
) -> Situation:
    """Resolve and plan what was read."""
    resolution = resolved(catalog, recorded, desired, settings.areas)
    return Situation(
        catalog=catalog,
        resolution=resolution,
        recorded=recorded,
        desired=desired,
        document_text=document_text,
        plan=plan(recorded=recorded, desired=desired, resolution=resolution),
    )


def _document_text(settings: HubSettings, catalog: Catalog, recorded: Mapping[str, RecordedModule], last: str) -> str:
    """hub.toml; where it was deleted, what it last said, so that a lost file changes nothing."""
    text = document_text(settings)
    return text if text is not None else last or first_document(catalog, recorded, settings)


def first_document(catalog: Catalog, recorded: Mapping[str, RecordedModule], settings: HubSettings) -> str:
    """The text of a hub.toml where there never was one: every module that can run, enabled."""
    return initial_document(resolved(catalog, recorded, None, settings.areas).order)


def write_initial_document(settings: HubSettings, text: str) -> bool:
    """Write hub.toml where there is none, so that the next start has it. Answers whether one was written."""
    if settings.config_file.exists():
        return False
    write_document(settings, text)
    return True
