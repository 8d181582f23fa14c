"""A backup before a module with data is changed: on SQLite the whole file, on PostgreSQL the module's tables."""

import errno
import re
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from ...database import BackupContent, DatabaseUrl, TableOwners, completed, connect, plain_text, told
from ...errors import HubError
from ...planning import RecordedModule
from ...settings import HubSettings
from ..folders import nearest_existing
from .retention import remove_older
from .writing import data_tables, tables_at, write_backup

FOLDER: Final = "backups"
ARCHIVES: Final = "archives"
"""Where the rows of modules lie that were uninstalled and may come back."""
SUFFIX: Final = {"sqlite": ".db", "postgresql": ".tar.gz"}
_MEND: Final = "Mend that and run the command again"
_BY_SETTING: Final = "with HUB_BACKUP_BEFORE_UPGRADE=false none is made"
_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)
_SQLITE_FULL: Final = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was made: of which module as it was, where, how many rows of it, and the bytes of the file.

    ``shared`` is true where an earlier module of the same run had the file made, which holds this one too.
    """

    module: str
    version: str
    revision: str | None
    path: Path
    rows: int
    bytes: int
    shared: bool = False

    def as_json(self) -> dict[str, Any]:
        """The object in ``--json``."""
        return {
            "module": self.module,
            "version": self.version,
            "revision": self.revision,
            "path": str(self.path),
            "rows": self.rows,
            "bytes": self.bytes,
        }


OnBackup = Callable[[Backup], None]


class BackupFailed(HubError):
    """A backup could not be written, so what it was for did not begin. ``path`` is the file that is not there."""

    code = "backup_failed"

    def __init__(self, module: str, path: Path, cause: str, remedy: str = "") -> None:
        super().__init__(
            f"the backup of {module} could not be written to {path}",
            cause=f"{cause}; its tables are as they were",
            remedy=remedy or _MEND,
        )
        self.module, self.path = module, path


def backup_folder(settings: HubSettings) -> Path:
    """Where backups lie."""
    return settings.state_folder / FOLDER


class Backups:
    """The backups of one run of the leader."""

    def __init__(
        self, url: DatabaseUrl, settings: HubSettings, on_backup: OnBackup, *, in_use: Iterable[Path] = ()
    ) -> None:
        """:param in_use: files that are not removed for newer ones, because something is about to read them."""
        self._url, self._folder, self._on_backup = url, backup_folder(settings), on_backup
        self._wanted, self._kept, self._in_use = settings.backup_before_upgrade, settings.backups_kept, set(in_use)
        self._whole: tuple[Path, BackupContent] | None = None

    def before(
        self, row: RecordedModule, owners: TableOwners, *, asked: bool = False, without: str = ""
    ) -> Path | None:
        """Keep the tables of a module as they are now. An SQLite file is copied once per run, with all modules.

        :param row: what is recorded of the module.
        :param asked: whatever the setting ``backup_before_upgrade`` says.
        :param without: how one that is asked for can be done without, told where it cannot be written.
        :returns: the file; ``None`` when the module has no row, or no backups are wanted.
        :raises BackupFailed: and nothing is left of the file.
        """
        if not (self._wanted or asked):
            return None
        if self._whole is not None and row.name in self._whole[1].modules:
            path, content, shared = *self._whole, True
        elif has_data(self._url, row, owners):
            way = without if asked else _BY_SETTING
            path, content, shared = *self._made(row, owners, f"{_MEND}; {way}" if way else _MEND), False
        else:
            return None
        module = content.modules[row.name]
        if shared and not module.rows:
            return None
        self._on_backup(
            Backup(
                module=row.name,
                version=row.version,
                revision=row.revision,
                path=path,
                rows=module.rows,
                bytes=path.stat().st_size,
                shared=shared,
            )
        )
        return path

    def _made(self, row: RecordedModule, owners: TableOwners, remedy: str) -> tuple[Path, BackupContent]:
        path = self._folder / file_name(row, SUFFIX[self._url.kind], datetime.now(UTC))
        with backup_written(row.name, path, self._url, remedy=remedy) as part:
            content = write_backup(self._url, part, row, owners)
        if self._url.kind == "sqlite":
            self._whole = path, content
        self._in_use.add(path)
        remove_older(self._url, self._folder, self._kept, self._in_use)
        return path, content


@contextmanager
def backup_written(
    module: str, path: Path, url: DatabaseUrl, *, is_ours: bool = True, remedy: str = ""
) -> Iterator[Path]:
    """Yield the file to write a backup to, which is named ``path`` when all of it is durable.

    :param is_ours: whether its folder is the hub's, to be made and closed to others.
    :param remedy: where nothing better is known.
    :raises BackupFailed: and nothing is left of the file.
    """
    try:
        if is_ours:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.parent.chmod(0o700)  # what people wrote is in there
        with completed(path, is_ours=is_ours) as part:
            yield part
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        cause, better = _told(error, path.parent, url)
        raise BackupFailed(module, path, cause, better or remedy) from error


def has_data(url: DatabaseUrl, row: RecordedModule, owners: TableOwners) -> bool:
    """Whether a module has any row in any of its tables but the one that keeps its revision."""
    with connect(url, read_only=True) as connection:
        tables = tables_at(connection, row)
        return any(map(tables.has_rows, data_tables(row, owners, tables.names())))


def file_name(row: RecordedModule, suffix: str, now: datetime) -> str:
    """Of which module, version, revision and moment, in the name of a file."""
    parts = (row.name, row.version, row.revision or "base", f"{now:%Y%m%dT%H%M%S.%fZ}")
    return "-".join(re.sub(r"[^A-Za-z0-9._+]", "_", part)[:60] for part in parts) + suffix


def _told(error: Exception, folder: Path, url: DatabaseUrl) -> tuple[str, str]:
    """Cause and remedy."""
    full = (isinstance(error, OSError) and error.errno in _NO_SPACE) or (
        isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorname", "") in _SQLITE_FULL
    )
    if isinstance(error, OSError) and folder.exists() and not folder.is_dir():
        return f"{folder} is a file, and has to be a folder", ""
    if isinstance(error, FileNotFoundError) and not folder.exists():
        return f"there is no folder {folder}", f"Create it: mkdir -p {shlex.quote(str(folder))}; or name another file"
    said = (error.strerror if isinstance(error, OSError) else None) or plain_text(error)
    if not full:
        return told(error, url) or (said, "")
    free = shutil.disk_usage(nearest_existing(folder)).free
    return (
        f"no space left on the disk of {folder}: {free} bytes are free ({said})",
        f"Free some space there, for example by moving older backups away, and run the command again: {folder}",
    )
