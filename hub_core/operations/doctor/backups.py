"""How many backups are there, how large are they, and is there room for the next one?"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ...database import ARCHIVE_SUFFIX, PART
from ..backups.backup import SUFFIX, backup_folder
from ..folders import is_there
from ..observation import Observation, ok, warning
from .paths import read_or_none

MANY: Final = 20
"""More than so many are worth a look."""


def examine(folder: Path) -> Iterator[Observation]:
    """Number and size of the backups, and what a process left behind that was killed while it wrote one."""
    settings = read_or_none(folder)
    if isinstance(settings, Observation) or not is_there(place := backup_folder(settings)):
        return
    try:
        files = {file: file.stat().st_size for file in sorted(place.iterdir())}
        free = shutil.disk_usage(place).free
    except OSError as fault:
        yield warning(
            code="backups_unreadable",
            text=f"{fault.filename or place} cannot be read: {fault.strerror}",
            remedy="Give it to this user, who must be able to write backups there",
        )
        return
    yield from (_incomplete(file) for file in files if PART in file.name)
    backups = {file: size for file, size in files.items() if file.name.endswith((ARCHIVE_SUFFIX, *SUFFIX.values()))}
    yield from _examined(place, backups, free)


def _incomplete(file: Path) -> Observation:
    return warning(
        code="backup_incomplete",
        text=f"{file} is left over from a backup that was cut off",
        remedy=f"Nothing has to be done: the next backup removes it. Or: rm {file}",
    )


def _examined(place: Path, backups: dict[Path, int], free: int) -> Iterator[Observation]:
    total, largest = sum(backups.values()), max(backups.values(), default=0)
    text = f"{len(backups)} backup{'' if len(backups) == 1 else 's'} in {place}, {total / 1e6:.1f} MB"
    if len(backups) > MANY:
        oldest = min(backups, key=lambda file: file.stat().st_mtime)
        remedy = (
            f"Set backups_kept, which says how many of each module stay, or delete some; the oldest is {oldest.name}"
        )
        yield warning(code="backups_many", text=text, remedy=remedy)
    elif largest > free:
        yield warning(
            code="backups_no_room",
            text=f"{text}; {free / 1e6:.1f} MB are free, and the largest of them has {largest / 1e6:.1f} MB",
            remedy="Make room, or move older backups away: without a backup no module with data is upgraded",
        )
    else:
        yield ok(code="backups", text=text)
