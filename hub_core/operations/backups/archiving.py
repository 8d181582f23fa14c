"""``hub backup create``: an archive of modules, or of the whole hub, made while it serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...catalog import Catalog
from ...database import ARCHIVE_SUFFIX, BackupContent, DatabaseUrl, connect, leader_lock, parse_url
from ...errors import HubError
from ...planning import ModuleUnknown, RecordedModule
from ...registry import open_operations, recorded
from ...settings import HubSettings
from ..installed import installed_catalog
from ..recovery import recover
from .archive_writing import SEVERAL, WHOLE, OnArchiving, core_row, write_archive_of
from .backup import ARCHIVES, Backup, backup_folder, backup_written, file_name
from .retention import remove_older


class ArchiveRefused(HubError):
    """Nothing can be archived, or not to that place; no file was written."""

    code = "archive_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An archive that is there, and what is in it."""

    path: Path
    content: BackupContent
    bytes: int
    is_encrypted: bool

    def as_json(self) -> dict[str, Any]:
        """The object of ``hub backup create --json``."""
        return {
            **content_json(self.content),
            "path": str(self.path),
            "bytes": self.bytes,
            "encrypted": self.is_encrypted,
        }


def content_json(content: BackupContent) -> dict[str, Any]:
    """What is in a backup, as the object of ``hub backup verify --json``."""
    return {
        "kind": "archive" if content.is_archive else "recovery point",
        "of": content.made_for or None,
        "database": content.kind,
        "hub_version": content.hub_version,
        "at": content.at.isoformat(),
        "rows": content.rows,
        "modules": [
            {
                "name": module.name,
                "distribution": module.distribution,
                "version": module.version,
                "revision": module.revision,
                "state": module.state,
                "tables": {table.name: table.rows for table in module.tables},
            }
            for module in content.modules.values()
        ],
    }


def create_archive(
    settings: HubSettings,
    names: Sequence[str] = (),
    *,
    output: Path | None = None,
    on_archiving: OnArchiving = lambda archiving: None,
) -> Archive:
    """Archive some modules, or the whole hub with its registry when none is named: all as of one moment, while others write.

    Operations wait for it, requests do not. Older archives of the whole hub go as ``backups_kept`` says.

    :param output: the file to write; by default one in the folder of backups that says of what and when.
    :raises ModuleUnknown: when one of ``names`` is not recorded.
    :raises ArchiveRefused: when the hub has no tables yet, or ``output`` is there already.
    :raises BackupFailed: when it could not be written; nothing is left of it.
    """
    url = parse_url(settings.effective_database_url)
    with leader_lock(url, wait_seconds=settings.lock_seconds):
        rows = _recorded(url, settings)
        for name in names:
            if name not in rows:
                raise ModuleUnknown(name, rows)
        wanted = tuple(dict.fromkeys(names)) or (WHOLE,)
        row = rows[wanted[0]] if names else core_row()
        path = output or backup_folder(settings) / archive_name(row, is_one=len(wanted) == 1)
        if path.exists():
            raise ArchiveRefused(f"{path} is there already", remedy="Name another file, or move that one away")
        archive = archived(
            url, settings, path, wanted, installed_catalog(settings), on_archiving=on_archiving, is_ours=output is None
        )
        if output is None and not names:
            remove_older(url, path.parent, settings.backups_kept, [path])
    return archive


def archive_name(row: RecordedModule, *, is_one: bool = True) -> str:
    """Of one module its name, version and revision; and when."""
    now = datetime.now(UTC)
    if is_one and row.name != WHOLE:
        return file_name(row, ARCHIVE_SUFFIX, now)
    return f"{WHOLE if is_one else SEVERAL}-{now:%Y%m%dT%H%M%S.%fZ}{ARCHIVE_SUFFIX}"


def archived(
    url: DatabaseUrl,
    settings: HubSettings,
    path: Path,
    names: Sequence[str],
    catalog: Catalog,
    *,
    on_archiving: OnArchiving = lambda archiving: None,
    is_ours: bool = True,
) -> Archive:
    """Write the archive ``path``, under the leader's lock.

    :raises BackupFailed: and nothing is left of it.
    """
    keys = settings.backup_keys
    with backup_written(", ".join(names), path, url, is_ours=is_ours) as part:
        content = write_archive_of(url, part, names, catalog, keys=keys, on_archiving=on_archiving)
    return Archive(path=path, content=content, bytes=path.stat().st_size, is_encrypted=bool(keys))


def archived_module(url: DatabaseUrl, settings: HubSettings, row: RecordedModule) -> Backup:
    """The archive of a module that is about to leave, in the folder of those."""
    path = settings.state_folder / ARCHIVES / archive_name(row)
    made = archived(url, settings, path, (row.name,), installed_catalog(settings))
    return Backup(
        module=row.name,
        version=row.version,
        revision=row.revision,
        path=path,
        rows=made.content.rows,
        bytes=made.bytes,
    )


def _recorded(url: DatabaseUrl, settings: HubSettings) -> dict[str, RecordedModule]:
    with connect(url, read_only=True) as connection:
        rows = dict(recorded(connection))
        is_cut_off = bool(rows) and bool(open_operations(connection))
    if not rows:
        raise ArchiveRefused("there is nothing to archive", cause="no module is recorded", remedy="Run hub up first")
    if is_cut_off:
        recover(url, settings)
        return _recorded(url, settings)
    return rows
