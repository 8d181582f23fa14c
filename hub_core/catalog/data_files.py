"""The seed and demo data a module brings: JSON files, read without importing anything, so that a plan can tell of them.

Here they are only read, counted and given a digest; what they say is held against the module's tables when it is loaded.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from .reading import Reader, Unreadable

SEED_FOLDER: Final = "data"
"""Where the files of seed data lie in the package of a module."""
DEMO_FOLDER: Final = "data/demo"
LARGEST_DATA_FILE: Final = 4 * 2**20
"""Bytes that one file may have; ten thousand rows have about one and a half million."""
MOST_DATA: Final = 16 * 2**20
"""Bytes that all files of one folder may have."""
MOST_DATA_FILES: Final = 200
DEEPEST_DATA: Final = 50
"""Lists and objects that may stand in one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFiles:
    """What the files of one folder hold together. ``digest`` changes with any of them; it is empty without a file."""

    rows: int = 0
    tables: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDocument:
    """One file by its path in the package: the value that its JSON has, or why it has none."""

    file: str
    value: Any = None
    fault: str = ""
    digest: bytes = b""


def read_data(folder: Path | str, inside: str, reader: Reader | None = None) -> tuple[DataDocument, ...]:
    """The files of :data:`SEED_FOLDER` or :data:`DEMO_FOLDER` in a module's ``folder``, by name; none where it is missing.

    :param reader: notes what was read; by default nobody asks.
    """
    reader, place = reader or Reader(), f"{folder}/{inside}"
    try:
        names = [name for name in reader.names_in(place) if name.endswith(".json")]
    except Unreadable as error:
        return (DataDocument(file=inside, fault=_without(str(error), folder), digest=b"unreadable"),)
    if len(names) > MOST_DATA_FILES:
        fault = f"{len(names)} files; {MOST_DATA_FILES} are allowed"
        return (DataDocument(file=inside, fault=fault, digest="\n".join(names).encode("utf-8", "replace")),)
    return tuple(_documents(folder, inside, names, reader))


def counted_data(documents: Iterable[DataDocument]) -> DataFiles:
    """How much there is in ``documents``, as far as they can be read, and their digest."""
    digest, rows, tables = hashlib.sha256(), 0, set()
    documents = tuple(documents)
    for document in documents:
        digest.update(f"{document.file}\0".encode("utf-8", "replace") + document.digest)
        for block in blocks(document.value):
            if isinstance(block, dict) and isinstance(some := block.get("rows"), list):
                rows += len(some)
                tables.add(str(block.get("table")))
    return DataFiles(rows=rows, tables=len(tables), digest=digest.hexdigest() if documents else "")


def blocks(value: Any) -> list[Any]:
    """The blocks of a document: it is a list of them, or one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _documents(folder: Path | str, inside: str, names: list[str], reader: Reader) -> Iterator[DataDocument]:
    left = MOST_DATA
    for name in names:
        file = f"{inside}/{name}"
        try:
            content = reader.read(f"{folder}/{file}", min(LARGEST_DATA_FILE, left))
        except Unreadable as error:
            yield DataDocument(file=file, fault=_without(str(error), folder), digest=b"unreadable")
            continue
        left -= len(content or b"")
        yield _document(file, content or b"")


def _document(file: str, content: bytes) -> DataDocument:
    digest = hashlib.sha256(content).digest()
    try:
        return DataDocument(file=file, value=_json(content), digest=digest)
    except (ValueError, RecursionError) as error:
        return DataDocument(file=file, fault=_told(error), digest=digest)


def _json(content: bytes) -> Any:
    """The value, of what JSON's standard allows: no NaN, no name twice in one object, nothing nested without end."""
    value = json.loads(content.decode("utf-8-sig"), parse_constant=_refused, object_pairs_hook=_unique)
    level = [value]
    for _ in range(DEEPEST_DATA):
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return value
    raise ValueError(f"nested more than {DEEPEST_DATA} deep")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return found


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _told(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"not JSON: {error.msg} in line {error.lineno}"
        case UnicodeDecodeError():
            return f"not UTF-8: {error.reason} at byte {error.start}"
        case RecursionError():
            return f"nested more than {DEEPEST_DATA} deep"
    told = str(error)
    return "a number of thousands of digits" if "integer string conversion" in told else told


def _without(text: str, folder: Path | str) -> str:
    return text.replace(f"{folder}/", "")
