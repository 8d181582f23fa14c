"""What an operation starts from: the modules on disk, what the database records, what hub.toml and it want."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from hub_hookspecs import CONTRACT_VERSION
from packaging.version import Version
from sqlalchemy import Connection

from ..catalog import Catalog, FoundModule, read_catalog
from ..errors import HubError
from ..migrations import MigrationsInvalid, MigrationSource, heads
from ..planning import (
    Desired,
    ModuleState,
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
from ..resolution import Resolution, resolve
from ..settings import CONFIG_FILE, HubSettings


class ConfigNotWritable(HubError):
    """There is no hub.toml and none can be written."""

    code = "config_not_writable"

    def __init__(self, settings: HubSettings, error: OSError) -> None:
        super().__init__(
            f"cannot write {settings.config_file}",
            cause=error.strerror or str(error),
            remedy=f"Write a {CONFIG_FILE} there yourself, or run the hub in a folder that it may write",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Disk, database and wishes at one moment, and the plan between them. ``document_text`` is hub.toml as read."""

    catalog: Catalog
    resolution: Resolution
    recorded: Mapping[str, RecordedModule]
    desired: Desired
    document_text: str
    revisions: Mapping[str, str | None]
    plan: Plan

    def wanted(self) -> tuple[str, ...]:
        """The modules to bring up, in load order: wanted by somebody, or enabled and unmentioned, and not blocked."""
        return tuple(name for name in self.resolution.order if name not in self.plan.blocked and self._is_wanted(name))

    def _is_wanted(self, name: str) -> bool:
        if name in self.desired.modules:
            return self.desired.modules[name].enabled
        record = self.recorded.get(name)
        return record is not None and record.state is ModuleState.ENABLED


def situation(connection: Connection, settings: HubSettings, *, applies_document: bool) -> Situation:
    """Read everything and plan. With ``applies_document``, what changed in hub.toml since it was applied is wanted."""
    recorded = read_recorded(connection)
    catalog = read_catalog()
    resolution = resolve(
        catalog,
        contract=Version(CONTRACT_VERSION),
        recorded={name: row.distribution for name, row in recorded.items() if row.state is not ModuleState.ABSENT},
    )
    stored, text = stored_desired(connection), last_document(connection) or ""
    if applies_document:
        before = document(text)
        text = _document_text(settings, resolution, text)
        stored = merge(stored, before, document(text))
    revisions = newest_revisions(resolution, recorded)
    return Situation(
        catalog=catalog,
        resolution=resolution,
        recorded=recorded,
        desired=stored,
        document_text=text,
        revisions=revisions,
        plan=plan(recorded=recorded, desired=stored, resolution=resolution, revisions=revisions),
    )


def newest_revisions(resolution: Resolution, recorded: Mapping[str, RecordedModule]) -> Mapping[str, str | None]:
    """The last revision each module has on disk, read without importing it.

    Of revisions that are not one chain the recorded one stays: the module fails when it is loaded, and it alone.
    """
    newest = {}
    for name, found in resolution.modules.items():
        try:
            newest[name] = _newest_revision(found)
        except MigrationsInvalid:
            newest[name] = recorded[name].revision if name in recorded else None
    return newest


def _newest_revision(found: FoundModule) -> str | None:
    folder = found.folder / "migrations" / "versions"
    if not folder.is_dir():
        return None
    return next(iter(heads(migration_source(found))), None)


def migration_source(found: FoundModule) -> MigrationSource:
    """Where the revisions of a module in the standard layout lie."""
    assert found.manifest is not None
    return MigrationSource(
        module=found.name,
        folder=found.folder / "migrations" / "versions",
        version_table=f"{found.manifest.table_prefix}alembic_version",
    )


def check_document(settings: HubSettings) -> None:
    """Read hub.toml before anything is changed; :class:`DocumentInvalid` names its faults."""
    with suppress(FileNotFoundError):
        document(settings.config_file.read_text(encoding="utf-8"))


def _document_text(settings: HubSettings, resolution: Resolution, last: str) -> str:
    """hub.toml; where it was deleted, what it last said, so that a lost file changes nothing."""
    try:
        return settings.config_file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return last or initial_document(resolution.order)


def write_initial_document(settings: HubSettings, text: str) -> bool:
    """Write hub.toml where there is none, so that the next start has it. Answers whether one was written."""
    try:
        with settings.config_file.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise ConfigNotWritable(settings, error) from error
    return True
