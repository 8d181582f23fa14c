"""What is said of a backup, in one line."""

import os
from collections.abc import Iterator
from pathlib import Path

from ..database import ARCHIVE_SUFFIX, BackupContent
from ..operations.backups.archiving import Archive
from ..operations.backups.backup import Backup
from .terminal_text import say

_UNITS = "bytes", "KB", "MB", "GB"


class SaidBackups:
    """Says each backup when it was made, beside JSON on standard error, and keeps them for that JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self.made: list[Backup] = []

    def __call__(self, backup: Backup) -> None:
        """One line: of what, how much, where."""
        self.made.append(backup)
        say(backup_line(backup), err=self._as_json)


def backup_line(backup: Backup) -> str:
    """``backup of shop 1.0 (12 rows, 34 KB): .hub/backups/…``; the path from the current folder, if it lies in it."""
    rows, kind = _counted(backup.rows, "row"), "archive" if backup.path.suffix == ARCHIVE_SUFFIX else "backup"
    return f"{kind} of {backup.module} {backup.version} ({rows}, {size(backup.bytes)}): {shown(backup.path)}"


def archive_line(archive: Archive) -> str:
    """``archive of the hub (3 modules, 12 rows, 34 KB): .hub/backups/…``."""
    content = archive.content
    modules = [name for name in content.modules if name != "hub"]
    what = f"the hub ({_counted(len(modules), 'module')}, " if "hub" in content.modules else f"{', '.join(modules)} ("
    sealed = ", encrypted" if archive.is_encrypted else ""
    return f"archive of {what}{_counted(content.rows, 'row')}, {size(archive.bytes)}{sealed}): {shown(archive.path)}"


def content_lines(path: Path, content: BackupContent) -> Iterator[str]:
    """What is in a backup that was read: of each module its release, revision, tables and rows."""
    kind = "archive" if content.is_archive else "recovery point"
    yield (
        f"{shown(path)} is whole: {kind} of {content.at:%Y-%m-%d %H:%M:%S}Z, made on {content.kind} by hub-core {content.hub_version}"
    )
    for module in content.modules.values():
        yield (
            f"{module.name} {module.version}, revision {module.revision or 'none'}: "
            f"{_counted(module.rows, 'row')} in {_counted(len(module.tables), 'table')}"
        )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def shown(path: Path) -> str:
    """A path as it can be typed here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.pardir) else relative


def size(count: float) -> str:
    """Bytes as people read them."""
    for unit in _UNITS[:-1]:
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} {_UNITS[-1]}"
