"""``hub restore`` of an archive with several modules, or the whole hub with its registry: all of it in one transaction."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, update

from ...catalog import Catalog
from ...containment import is_contained
from ...database import (
    BackupContent,
    BackupUnreadable,
    DatabaseUrl,
    TableOwners,
    connect,
    leader_lock,
    parse_url,
    read_portable,
    read_start,
)
from ...migrations import CORE_MIGRATIONS, MigrationSource, chain, heads
from ...planning import ModuleState, RecordedModule
from ...registry import (
    attempt_here,
    carry_over,
    finish_operation,
    generation,
    memory,
    next_generation,
    note_migration,
    note_step,
    open_operations,
    record,
    start_operation,
    store_document,
    wishes,
)
from ...settings import HubSettings
from ..actor import this_actor
from ..core_tables import bring_core_up
from ..document_file import document_text
from ..dropping import drop_tables, hold
from ..installed import installed_catalog
from ..locked import lock_here
from ..needed import needing
from ..owning import table_owners
from ..recovery import recover
from ..state_folder import make_state_folder
from .archive_writing import WHOLE, core_row
from .archiving import Archive, archive_name, archived, content_json
from .backup import FOLDER, has_data
from .reading import TablesDiffer, rows_refer
from .refilling import Refilling
from .remaking import restore_seeds
from .restore import RestoreFailed
from .restore_choice import RestoreRefused, refuse_needed, restorable, revisions_of, row_after
from .restore_ground import ground, has_hub
from .retention import remove_older
from .writing import tables_at


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoringAll:
    """What is about to be restored, or was: ``replaced`` are the modules whose tables go, ``kept`` what they are kept in.

    ``anew`` are those that are not recorded now, as they will be; ``behind`` those that run and are migrated
    further by the next ``hub up``.
    """

    path: Path
    content: BackupContent
    replaced: tuple[RecordedModule, ...]
    has_data: bool
    anew: tuple[RecordedModule, ...] = ()
    behind: tuple[str, ...] = ()
    kept: Archive | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole hub, with its registry."""
        return WHOLE in self.content.modules

    @property
    def names(self) -> tuple[str, ...]:
        """The modules that it brings."""
        return tuple(name for name in self.content.modules if name != WHOLE)

    def as_json(self) -> dict[str, Any]:
        """The object of ``hub restore --json``."""
        return {**content_json(self.content), "path": str(self.path), "kept": self.kept and self.kept.as_json()}


def has_several(settings: HubSettings, path: Path) -> bool:
    """Whether a file is an archive of more than one module, which :func:`restore_all` takes.

    :raises BackupKeyWrong: for an encrypted one without its key; :class:`BackupUnreadable` for a damaged one.
    """
    start = read_start(path, settings.backup_keys)
    return start is not None and start.made_for in (WHOLE, "")


def restore_all(
    settings: HubSettings,
    path: Path,
    *,
    agree: Callable[[RestoringAll], None],
    on_kept: Callable[[Archive], None] = lambda archive: None,
) -> RestoringAll:
    """Restore all that is in an archive; of the whole hub the registry too, in place of everything that is here.

    What is here is archived first, when there is any. Then all tables are made anew at the revisions of the archive, filled and
    held against it; the hub's own are brought to this release's revision. hub.toml stays, and counts as applied.

    :param agree: shown what will be done; raises to stop before anything is changed, or made where there is no hub yet. It is
        asked again when the tables of the hub are there, which may tell more.
    :raises BackupUnreadable: when the file is damaged, or no archive.
    :raises RestoreRefused: when modules of it are not installed, or have not its revisions.
    :raises BackupFailed: when what is there now cannot be kept.
    :raises RestoreFailed: and everything is as it was.
    """
    url = parse_url(settings.effective_database_url)
    content = read_portable(path, settings.backup_keys)
    if not has_hub(url, settings):
        agree(_RestoreAll(url, settings, path, content).restoring)
    make_state_folder(settings)
    with leader_lock(url, wait_seconds=settings.lock_seconds):
        bring_core_up(url, settings, on_revision=lambda run: None)
        recover(url, settings)
        restore = _RestoreAll(url, settings, path, content)
        agree(restore.restoring)
        return restore.carry_out(on_kept)


def planned_restore_all(settings: HubSettings, path: Path) -> RestoringAll:
    """What :func:`restore_all` would do. The file is read to its end; nothing is locked or changed.

    :raises: as :func:`restore_all` would.
    """
    content = read_portable(path, settings.backup_keys)
    return _RestoreAll(parse_url(settings.effective_database_url), settings, path, content).restoring


class _RestoreAll:
    """One restore, journaled."""

    def __init__(self, url: DatabaseUrl, settings: HubSettings, path: Path, content: BackupContent) -> None:
        self._url, self._settings, self._path, self._content = url, settings, path, content
        self._catalog = installed_catalog(settings)
        is_whole = WHOLE in content.modules
        there = ground(url, settings, self._catalog, {} if is_whole else content.modules)
        self._now, self._owners = there.recorded, there.owners
        going = [row for name, row in self._now.items() if is_whole or name in content.modules]
        if going:
            with connect(url, read_only=True) as connection:
                refuse_needed(path, needing(connection, [*going, *([core_row()] if is_whole else [])], self._owners))
        is_kept = is_whole and (bool(self._now) or there.has_memory)
        self._sources = _sources(url, settings, path, content, self._catalog, self._now)
        self._rows = {
            name: row_after(content.modules[name], there.states.get(name), source)
            for name, source in self._sources.items()
        }
        self.restoring = RestoringAll(
            path=path,
            content=content,
            replaced=tuple(going),
            has_data=is_kept or any(has_data(url, row, self._owners) for row in going),
            anew=() if is_whole else tuple(row for name, row in self._rows.items() if name not in self._now),
            behind=tuple(
                name
                for name, row in self._rows.items()
                if row.state is ModuleState.ENABLED and heads(self._sources[name])[0] != row.revision
            ),
        )

    def carry_out(self, on_kept: Callable[[Archive], None]) -> RestoringAll:
        """Do it, and journal how it ended."""
        detail = [f"restore {', '.join(self.restoring.names)} from {self._path.name}"]
        with connect(self._url) as connection:
            operation = self._start(connection, detail)
            connection.commit()
        kept: Archive | None = None
        try:
            with self._transaction() as connection:
                if self.restoring.has_data:
                    kept = self._keep()
                    on_kept(kept)
                number = generation(connection).number
                before = memory(connection)
                self._refill(connection)
                if self.restoring.is_whole:
                    carry_over(connection, before)
                    self._settle_journal(connection, operation)
                self._write_down(connection, operation, kept, number)
        except BaseException as error:
            if not is_contained(error):
                raise
            what = "the hub" if self.restoring.is_whole else ", ".join(self.restoring.names)
            raise RestoreFailed(what, self._path, error) from error
        if kept is not None and self.restoring.is_whole:
            remove_older(self._url, kept.path.parent, self._settings.backups_kept, [kept.path, self._path])
        return replace(self.restoring, kept=kept)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Nobody writes into the tables that go from the moment that they are kept."""
        with connect(self._url, foreign_keys=False) as connection, connection.begin():
            hold(connection, self._going(), self._owners)
            yield connection

    def _going(self) -> list[RecordedModule]:
        return [*self.restoring.replaced, *([core_row()] if self.restoring.is_whole else [])]

    def _keep(self) -> Archive:
        names = [WHOLE] if self.restoring.is_whole else [row.name for row in self.restoring.replaced]
        row = core_row() if self.restoring.is_whole else self.restoring.replaced[0]
        path = self._settings.state_folder / FOLDER / archive_name(row, is_one=len(names) == 1)
        return archived(self._url, self._settings, path, names, self._catalog)

    def _refill(self, connection: Connection) -> None:
        def owners() -> TableOwners:
            return table_owners(connection, self._catalog, self._rows)

        def is_own(table: str) -> bool:
            return self._owners.owner(table) in self._content.modules

        with rows_refer(tables_at(connection, core_row()), is_own):
            for row in self._going():
                drop_tables(connection, row, self._owners)
            with Refilling(connection, self._content, self._rows, self._sources, owners) as refilling:
                again = read_portable(self._path, self._settings.backup_keys, refilling.take)
            if again != self._content:
                raise TablesDiffer(f"{self._path} was changed while it was restored")

    def _write_down(self, connection: Connection, operation: str, kept: Archive | None, number: int) -> None:
        for row in self._rows.values():
            record(connection, row)
            before = self._now.get(row.name)
            note_migration(
                connection,
                module=row.name,
                before=before.revision if before else None,
                after=row.revision,
                duration_ms=0,
                checksum=None,
                outcome="restored",
            )
            if not self.restoring.is_whole:
                restore_seeds(connection, self._content.modules[row.name])
        for row in self.restoring.replaced:
            note_step(
                connection,
                operation,
                kind="restore",
                module=row.name,
                text=f"replace {row.name} {row.version}",
                before=row,
                backup=str(kept.path) if kept else None,
            )
        next_generation(connection, lock_here(self._settings), above=number)
        finish_operation(connection, operation, outcome="done")

    def _settle_journal(self, connection: Connection, operation: str) -> None:
        """The journal is that of the archive, with what was done here behind it: end what had no end in the archive."""
        for row in open_operations(connection):
            if row.id != operation:
                finish_operation(connection, row.id, outcome="interrupted")
        if (text := document_text(self._settings)) is not None:
            store_document(connection, text)  # else the file would count as edited since, and win
        if self._url.kind == "sqlite":
            connection.execute(update(wishes).where(wishes.c.placement == "schema").values(placement="shared"))

    def _start(self, connection: Connection, detail: list[str]) -> str:
        attempt = attempt_here(
            "restore",
            actor=this_actor(),
            modules=self.restoring.names,
            options={"file": str(self._path)},
            hashes={row.name: row.hash for row in self._rows.values()},
        )
        return start_operation(connection, kind="restore", detail=detail, actor=this_actor(), attempt=attempt)


def _sources(
    url: DatabaseUrl,
    settings: HubSettings,
    path: Path,
    content: BackupContent,
    catalog: Catalog,
    now: Mapping[str, RecordedModule],
) -> dict[str, MigrationSource]:
    """The revisions of every module that has tables.

    :raises RestoreRefused: naming all that are not installed; then what else is in the way.
    """
    modules = [each for name, each in content.modules.items() if name != WHOLE and each.revision is not None]
    found = {each.name: each for each in catalog.modules if each.manifest is not None}
    if missing := [each for each in modules if each.name not in found]:
        wanted = " ".join(f"'{each.distribution}=={each.version}'" for each in missing)
        raise RestoreRefused(
            path,
            f"not installed: {', '.join(each.name for each in missing)}; their tables are made by their own revisions",
            remedy=f"Install {'it' if len(missing) == 1 else 'them'}: pip install {wanted}",
        )
    if WHOLE in content.modules:
        at = content.modules[WHOLE].revision
        if at not in {revision.id for revision in chain(CORE_MIGRATIONS)}:
            why = f"the hub's own tables in it are at {at}, which this release does not have"
            raise RestoreRefused(path, why, remedy=f"Install it: pip install 'hub-core>={content.hub_version}'")
    if content.modules and not content.is_archive:
        raise BackupUnreadable(path, "it is no archive")
    return {
        each.name: revisions_of(
            path,
            found[each.name],
            settings,
            restorable(path, each, url),
            None if WHOLE in content.modules else now.get(each.name),
        )
        for each in modules
    }
