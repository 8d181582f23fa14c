"""What a restore starts from: the module in the backup, its revisions on disk, and what will be recorded of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ...catalog import VERSIONS, Catalog, FoundModule
from ...database import BackupContent, DatabaseUrl, ModuleContent
from ...errors import HubError
from ...loading import ModuleFailed, load_within
from ...migrations import MigrationSource, chain
from ...planning import ModuleState, RecordedModule
from ...settings import HubSettings
from .archive_writing import WHOLE


class RestoreRefused(HubError):
    """A backup cannot be restored here; nothing was changed."""

    code = "restore_refused"

    def __init__(self, path: Path, why: str, *, remedy: str) -> None:
        super().__init__(f"{path} cannot be restored here", cause=why, remedy=remedy)
        self.path = path


def chosen_module(path: Path, content: BackupContent, module: str | None, url: DatabaseUrl) -> ModuleContent:
    """The module that shall be restored."""
    if content.kind != url.kind and not content.is_archive:
        raise RestoreRefused(
            path,
            f"it was made on {content.kind}, and this hub's database is {url.masked}",
            remedy="Restore it on the database it was made on; only an archive can be restored on either: hub backup create",
        )
    chosen = content.modules.get(module or content.made_for) if module != WHOLE else None
    if chosen is None:
        held = ", ".join(sorted(content.modules.keys() - {WHOLE}))
        is_hub = module == WHOLE
        raise RestoreRefused(
            path,
            f"{'the hub itself is no module' if is_hub else f'it does not hold {module}'}; it holds {held}",
            remedy="Name one of these with --module" + (", or none, to restore all that is in it" if is_hub else ""),
        )
    return restorable(path, chosen, url)


def restorable(path: Path, chosen: ModuleContent, url: DatabaseUrl) -> ModuleContent:
    """A module of a backup as it can be in this database, which may have no schemas."""
    if chosen.revision is None:
        had = f"{chosen.name} had no tables when it was made"
        raise RestoreRefused(path, had, remedy="Name another module with --module, or another backup")
    return replace(chosen, placement="shared") if url.kind == "sqlite" else chosen


def refuse_needed(path: Path, others: Sequence[str]) -> None:
    """Refuse to replace tables that something needs which belongs to nobody.

    :raises RestoreRefused: naming it.
    """
    if others:
        remedy = "Remove what is named there, restore, and make it again"
        raise RestoreRefused(path, f"the tables that it replaces are needed: {'; '.join(others)}", remedy=remedy)


def with_modules(
    rows: Mapping[str, RecordedModule], coming: Mapping[str, ModuleContent]
) -> Mapping[str, RecordedModule]:
    """What is recorded, and the modules of the backup where they are not."""
    return {**{name: _recorded_then(each) for name, each in coming.items()}, **rows}


def _recorded_then(chosen: ModuleContent) -> RecordedModule:
    return RecordedModule(
        name=chosen.name,
        distribution=chosen.distribution,
        version=chosen.version,
        hash=chosen.hash,
        state=ModuleState(chosen.state),
        revision=chosen.revision,
        table_prefix=chosen.table_prefix,
        placement="schema" if chosen.placement == "schema" else "shared",
    )


def row_after(chosen: ModuleContent, state: ModuleState | None, source: MigrationSource) -> RecordedModule:
    """What is recorded afterwards: version and revision of the backup.

    :param state: whether it is enabled then; ``None``: as the backup has it.
    """
    then = replace(_recorded_then(chosen), placement=source.placement)
    return replace(then, state=state) if state else then


def found_module(path: Path, catalog: Catalog, chosen: ModuleContent) -> FoundModule:
    for found in catalog.modules:
        if found.name == chosen.name and found.manifest is not None:
            return found
    raise RestoreRefused(
        path,
        f"{chosen.name} is not installed, and its tables are made by its own revisions",
        remedy=f"Install it: pip install '{chosen.distribution}=={chosen.version}'",
    )


def revisions_of(
    path: Path, found: FoundModule, settings: HubSettings, chosen: ModuleContent, row: RecordedModule | None
) -> MigrationSource:
    """The revisions that make the tables as they were."""
    placement = row.placement if row else _recorded_then(chosen).placement
    source = replace(_migrations(path, found, settings), placement=placement, table_prefix=chosen.table_prefix)
    if chosen.revision not in {revision.id for revision in chain(source)}:
        raise RestoreRefused(
            path,
            f"its tables are at {chosen.revision}, which {found.distribution} {found.version} does not have",
            remedy=f"Install the version it was made with: pip install '{chosen.distribution}=={chosen.version}'",
        )
    return source


def _migrations(path: Path, found: FoundModule, settings: HubSettings) -> MigrationSource:
    """Where the module says they are; of one that cannot be loaded, where they are by default."""
    folder = found.folder / VERSIONS
    try:
        migrations = load_within(found, settings.areas, settings.start_seconds).migrations
    except ModuleFailed:
        assert found.manifest is not None, "it was chosen for having one"
        migrations = MigrationSource(module=found.name, folder=folder, table_prefix=found.manifest.table_prefix)
    if migrations is None or not migrations.folder.is_dir():
        why = f"{found.distribution} {found.version} has no migrations"
        raise RestoreRefused(path, why, remedy="Install the version it was made with")
    return migrations
