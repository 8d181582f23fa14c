"""What is said of a backup, in one line."""

import os
from pathlib import Path

from ..operations.backup import Backup
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
    rows = f"{backup.rows:,} row{'' if backup.rows == 1 else 's'}"
    return f"backup of {backup.module} {backup.version} ({rows}, {size(backup.bytes)}): {shown(backup.path)}"


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
