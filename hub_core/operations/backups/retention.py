"""Which recovery points and archives of the whole hub go when a newer one is there: the setting ``backups_kept``."""

import logging
import re
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from ...database import ARCHIVE_SUFFIX, DatabaseUrl, connect
from ...errors import HubError
from ...registry import noted_backups

log = logging.getLogger(__name__)

_NAME: Final = re.compile(r"([a-z][a-z0-9_]*)-.*?(\d{8}T\d{6}\.\d{6}Z)(\.db|\.tar\.gz|\.hubbackup)")


def remove_older(url: DatabaseUrl, folder: Path, kept: int, in_use: Collection[Path]) -> None:
    """Remove from ``folder`` all but the newest ``kept`` of each module and of the whole hub; 0 keeps all.

    Called when a newer one is complete and durable. An archive that somebody made of single modules stays, and so does
    what is ``in_use`` or what an operation without an end would be undone with.
    """
    if not kept:
        return
    try:
        with connect(url, read_only=True) as connection:
            noted = noted_backups(connection)
        stays = {file.absolute() for file in in_use} | {Path(path) for path, _, is_open in noted if is_open}
        for file in sorted(_older(folder, kept, [(Path(path), module) for path, module, _ in noted]) - stays):
            file.unlink()
            log.info("%s was removed: backups_kept is %d", file, kept)
    except (OSError, SQLAlchemyError, HubError) as error:
        log.warning("older backups in %s were not removed: %s", folder, error)


def _older(folder: Path, kept: int, noted: Collection[tuple[Path, str]]) -> set[Path]:
    """Each file that is among the newest of no module. One of SQLite has several: those whose steps name it."""
    modules: dict[Path, set[str]] = defaultdict(set)
    moments: dict[Path, str] = {}
    for file in folder.iterdir():
        found = _NAME.fullmatch(file.name)
        if found and (found[1] == "hub") == (found[3] == ARCHIVE_SUFFIX):
            modules[file].add(found[1])
            moments[file] = found[2]
    for path, module in noted:
        if path in moments:
            modules[path].add(module)
    files: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(moments, key=lambda file: moments[file], reverse=True):
        for module in modules[file]:
            files[module].append(file)
    return moments.keys() - {file for each in files.values() for file in each[:kept]}
