"""``hub restore``: put the tables of one module back as they were when a backup was made; whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ...containment import is_contained
from ...database import (
    BackupContent,
    DatabaseUrl,
    ModuleContent,
    TableOwners,
    connect,
    leader_lock,
    parse_url,
    plain_text,
)
from ...errors import HubError
from ...migrations import MigrationSource, heads
from ...planning import ModuleState, RecordedModule
from ...registry import (
    attempt_here,
    finish_operation,
    next_generation,
    note_migration,
    record,
    start_operation,
)
from ...settings import HubSettings
from ..actor import this_actor
from ..core_tables import bring_core_up
from ..installed import installed_catalog
from ..needed import needing
from ..recovery import recover
from ..state_folder import make_state_folder
from .backup import BackupFailed, Backups, OnBackup, has_data
from .reading import Kept, in_backup, read_backup
from .remaking import remade, restore_seeds
from .restore_choice import chosen_module, found_module, refuse_needed, revisions_of, row_after
from .restore_ground import ground, has_hub


class RestoreFailed(HubError):
    """Restoring raised; the tables of the module are as they were before."""

    code = "restore_failed"

    def __init__(self, module: str, path: Path, error: BaseException) -> None:
        told = plain_text(error)
        if isinstance(error, HubError):
            told = f"{error.problem}: {error.cause}" if error.cause else error.problem
        super().__init__(
            f"{module} was not restored from {path}; its tables are as they were before",
            cause=f"{type(error).__name__}: {told}",
            remedy=error.remedy if isinstance(error, HubError) else "Mend that, and restore again",
        )
        self.module, self.path = module, path


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoring:
    """What a restore is about to do, or did.

    ``has_data`` says whether there are rows now that would be replaced, ``installed`` is the version on disk, ``newest``
    the revision it would migrate the tables to. ``state`` is the one in which it comes back.
    """

    module: str
    path: Path
    version: str
    revision: str
    at: datetime
    rows: int
    tables: int
    now_version: str | None
    now_revision: str | None
    has_data: bool
    state: ModuleState
    distribution: str
    installed: str
    newest: str

    @property
    def migrates_again(self) -> bool:
        """Whether the next ``hub up`` would take the tables further than the backup is."""
        return self.newest != self.revision

    def as_json(self) -> dict[str, Any]:
        """The object of ``hub restore --json``."""
        return {
            "module": self.module,
            "path": str(self.path),
            "version": self.version,
            "revision": self.revision,
            "at": self.at.isoformat(),
            "rows": self.rows,
            "tables": self.tables,
            "state": self.state.value,
            "installed": self.installed,
            "migrates_again": self.migrates_again,
        }


def restore(
    settings: HubSettings,
    path: Path,
    *,
    module: str | None = None,
    agree: Callable[[Restoring], None],
    on_backup: OnBackup = lambda backup: None,
) -> Restoring:
    """Restore one module: by default the one that the backup was made for.

    What is there now is backed up first. Then its tables are removed, made anew at the revision of the backup, filled and
    held against it, in one transaction.

    :param agree: shown what will be done; raises to stop before anything is changed, or made where there is no hub yet. It is
        asked again when the tables of the hub are there, which may tell more.
    :raises BackupUnreadable: when the file is damaged, or no backup.
    :raises RestoreRefused: when it does not fit this database or what is installed.
    :raises BackupFailed: when what is there now cannot be kept.
    :raises RestoreFailed: and everything is as it was.
    """
    url = parse_url(settings.effective_database_url)
    content = read_backup(path, settings.backup_keys)
    chosen = chosen_module(path, content, module, url)
    if not has_hub(url, settings):
        agree(_looked_at(settings, url, path, content, chosen)[0])
    make_state_folder(settings)
    with leader_lock(url, wait_seconds=settings.lock_seconds):
        bring_core_up(url, settings, on_revision=lambda run: None)
        recover(url, settings)
        restoring, row, source, owners = _looked_at(settings, url, path, content, chosen)
        agree(restoring)
        backups = Backups(url, settings, on_backup, in_use=[path.absolute()])
        keep = partial(backups.before, row, owners, asked=True) if row is not None else None
        kept = replace(in_backup(path, content, chosen.name, settings.backup_keys), content=chosen)
        _Restore(url, kept, row, source, owners, restoring.state, keep).carry_out()
    return restoring


def planned_restore(settings: HubSettings, path: Path, *, module: str | None = None) -> Restoring:
    """What :func:`restore` would do. The file is read to its end; nothing is locked or changed.

    :raises: as :func:`restore` would.
    """
    url = parse_url(settings.effective_database_url)
    content = read_backup(path, settings.backup_keys)
    return _looked_at(settings, url, path, content, chosen_module(path, content, module, url))[0]


def _looked_at(
    settings: HubSettings, url: DatabaseUrl, path: Path, content: BackupContent, chosen: ModuleContent
) -> tuple[Restoring, RecordedModule | None, MigrationSource, TableOwners]:
    catalog = installed_catalog(settings)
    there = ground(url, settings, catalog, {chosen.name: chosen})
    row, owners = there.recorded.get(chosen.name), there.owners
    if row is not None and url.kind == "postgresql":  # SQLite lets others wait for tables that are made anew
        with connect(url, read_only=True) as connection:
            refuse_needed(path, needing(connection, [row], owners))
    found = found_module(path, catalog, chosen)
    source = revisions_of(path, found, settings, chosen, row)
    restoring = Restoring(
        module=chosen.name,
        path=path,
        version=chosen.version,
        revision=str(chosen.revision),
        at=content.at,
        rows=chosen.rows,
        tables=len(chosen.tables),
        now_version=row.version if row else None,
        now_revision=row.revision if row else None,
        has_data=row is not None and has_data(url, row, owners),
        state=there.states[chosen.name],
        distribution=chosen.distribution,
        installed=str(found.version),
        newest=heads(source)[0],
    )
    return restoring, row, source, owners


class _Restore:
    """One restore, journaled."""

    def __init__(
        self,
        url: DatabaseUrl,
        kept: Kept,
        row: RecordedModule | None,
        source: MigrationSource,
        owners: TableOwners,
        state: ModuleState,
        keep: Callable[[], object] | None,
    ) -> None:
        self._keep = keep
        self._url, self._kept, self._path, self._chosen = url, kept, kept.path, kept.content
        self._source, self._owners = source, owners
        self._row = row_after(kept.content, state, source)
        self._before = row.revision if row else None

    def carry_out(self) -> None:
        """Do it, and journal how it ended."""
        with connect(self._url) as connection:
            detail = [f"restore {self._chosen.name} to {self._chosen.revision} from {self._path.name}"]
            attempt = attempt_here(
                "restore",
                actor=this_actor(),
                modules=[self._chosen.name],
                options={"file": str(self._path)},
                hashes={self._chosen.name: self._row.hash},
            )
            operation = start_operation(connection, kind="restore", detail=detail, actor=this_actor(), attempt=attempt)
            connection.commit()
        try:
            self._in_one_transaction(operation)
        except BaseException as error:
            if not is_contained(error) or isinstance(error, BackupFailed):
                raise
            raise RestoreFailed(self._chosen.name, self._path, error) from error

    def _in_one_transaction(self, operation: str) -> None:
        target = str(self._chosen.revision)
        with remade(
            self._url, self._source, self._owners, self._row, target, self._kept, keep=self._keep
        ) as connection:
            self._write_down(connection, operation)

    def _write_down(self, connection: Connection, operation: str) -> None:
        record(connection, self._row)
        restore_seeds(connection, self._chosen)
        note_migration(
            connection,
            module=self._chosen.name,
            before=self._before,
            after=self._chosen.revision,
            duration_ms=0,
            checksum=None,
            outcome="restored",
        )
        next_generation(connection)  # what processes that serve know of its rows is not so any more
        finish_operation(connection, operation, outcome="done")
