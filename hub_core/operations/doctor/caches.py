"""Can the files the hub keeps for later be read? A broken one is named; all of them may be deleted."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ..folders import is_there
from ..observation import Observation, ok, warning
from .paths import read_or_none

_FOLDERS: Final = ("cache", "caches")
_CHECKSUM: Final = re.compile(rb"[0-9a-f]{64}")
_SQLITE: Final = b"SQLite format 3\0"


def examine(folder: Path) -> Iterator[Observation]:
    """Every file in the state folder and its cache folders, but for the database."""
    settings = read_or_none(folder)
    if isinstance(settings, Observation):
        return
    try:
        files = _files(settings.state_folder)
    except OSError as fault:
        yield warning(
            code="cache_broken",
            text=f"{fault.filename} cannot be read: {fault.strerror}",
            remedy="Give this user the right to read it",
        )
        return
    broken = 0
    for place in files:
        if why := _fault(place):
            broken += 1
            yield warning(
                code="cache_broken", text=f"{place}: {why}", remedy=f"Delete it; the hub makes it anew: rm {place}"
            )
    if not broken:
        yield ok(
            code="caches_readable",
            text=f"{len(files)} cache file{'s' if len(files) > 1 else ''}, readable"
            if files
            else "there are no caches",
        )


def _files(state_folder: Path) -> list[Path]:
    files: list[Path] = []
    for entry in sorted(state_folder.iterdir()) if is_there(state_folder) else ():
        if entry.is_dir() and entry.name in _FOLDERS:
            files += sorted(path for path in entry.rglob("*") if path.is_file())
        elif entry.is_file() and not entry.name.startswith("hub.db"):
            files.append(entry)
    return files


def _fault(path: Path) -> str:
    """What is wrong with one file; empty when nothing is."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    read = _READERS.get(path.suffix)
    try:
        if read:
            read(content)
    except (ValueError, RecursionError) as error:
        return f"it is corrupt: {error}"
    return ""


def _read_json(content: bytes) -> None:
    """JSON, behind a line with its checksum or as it is. The checksum also tells who wrote it, so it may be another's."""
    first, _, rest = content.partition(b"\n")
    json.loads(rest if _CHECKSUM.fullmatch(first) else content)


def _read_sqlite(content: bytes) -> None:
    if content and not content.startswith(_SQLITE):
        raise ValueError("it is no SQLite database")


_READERS: Final[Mapping[str, Callable[[bytes], object]]] = {
    ".json": _read_json,
    ".toml": lambda content: tomllib.loads(content.decode()),
    ".db": _read_sqlite,
    ".sqlite": _read_sqlite,
}
