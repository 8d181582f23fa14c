"""``hub backup list``: the files in the folders of backups and archives, by what their names say; none of them is read through."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ...database import ARCHIVE_SUFFIX, is_sealed
from ...settings import HubSettings
from .backup import ARCHIVES, SUFFIX, backup_folder

_NAME: Final = re.compile(
    r"(?P<of>[a-z][a-z0-9_]*)(?:-(?P<version>[^-]+)-(?P<revision>[^-]+))?-(?P<at>\d{8}T\d{6}\.\d{6}Z)(?P<suffix>\..+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One recovery point or archive: ``of`` a module, ``hub`` for the whole hub or ``modules`` for several."""

    path: Path
    kind: str
    of: str
    version: str | None
    revision: str | None
    at: datetime
    bytes: int
    is_encrypted: bool

    def as_json(self) -> dict[str, Any]:
        """One of the objects of ``hub backup list --json``."""
        return {
            "path": str(self.path),
            "kind": self.kind,
            "of": self.of,
            "version": self.version,
            "revision": self.revision,
            "at": self.at.isoformat(),
            "bytes": self.bytes,
            "encrypted": self.is_encrypted,
        }


def kept_files(settings: HubSettings) -> tuple[KeptFile, ...]:
    """All that are complete, the newest last; a file that has another name than the hub gives is none of them, nor what is no file."""
    folders = backup_folder(settings), settings.state_folder / ARCHIVES
    files = (file for folder in folders if folder.is_dir() for file in folder.iterdir())
    return tuple(sorted(_kept(files), key=lambda kept: kept.at))


def _kept(files: Iterator[Path]) -> Iterator[KeptFile]:
    for file in files:
        found = _NAME.fullmatch(file.name)
        if found is None or found["suffix"] not in (ARCHIVE_SUFFIX, *SUFFIX.values()) or not file.is_file():
            continue
        with suppress(OSError, ValueError):  # a name that says no moment; or it is no file, or gone since
            yield _kept_file(file, found)


def _kept_file(file: Path, found: re.Match[str]) -> KeptFile:
    is_archive = found["suffix"] == ARCHIVE_SUFFIX
    return KeptFile(
        path=file,
        kind="archive" if is_archive else "recovery point",
        of=found["of"],
        version=found["version"],
        revision=found["revision"],
        at=datetime.strptime(found["at"], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC),
        bytes=file.stat().st_size,
        is_encrypted=is_archive and is_sealed(file),
    )
