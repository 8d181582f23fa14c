"""The file of an archive: a compressed tar of JSON lines, encrypted where there is a key; written and read as a stream.

``hub-archive.json`` is the first member: in which format, and of what. Each table follows in pieces of a megabyte, as
``tables/<module>/<table>/000000.jsonl``. ``manifest.json`` is the last one, with the SHA-256 of every table and of itself:
without it nothing is complete.
"""

import errno
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, unquote

from ..backup_content import BackupContent, BackupUnreadable, TableContent, content_of
from ..packed_tar import GZIP, opened_tar, read_to_end
from ..read_progress import opened_backup
from ..regular_file import open_regular
from ..table_archive import LARGEST_CONTENT, Counted, Rows, add_member, pieces
from .sealed_file import MAGIC, BackupNotEncrypted, SealedReader, SealedWriter

if TYPE_CHECKING:
    import tarfile

ARCHIVE_SUFFIX: Final = ".hubbackup"
FORMAT: Final = 1
_FIRST, _LAST = "hub-archive.json", "manifest.json"
_PIECE: Final = re.compile(r"tables/([^/]+)/([^/]+)/(\d{6,})\.jsonl")
LARGEST_ROW: Final = 256 << 20
"""Bytes of a row, and so of a member of an archive; both are in memory at a time."""

OnPiece = Callable[[str, str, bytes], None]
"""Given module, table and some whole lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRows:
    """One table to be written: ``lines`` opens and closes its rows."""

    module: str
    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    lines: AbstractContextManager[Rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """How a file begins: for which module it was made (``hub``: the whole hub; nothing: several), and whether it is encrypted."""

    made_for: str
    is_encrypted: bool


def write_portable(
    path: Path,
    made_for: str,
    tables: Iterable[TableRows],
    describe: Callable[[Sequence[tuple[str, TableContent]]], BackupContent],
    *,
    keys: Sequence[bytes] = (),
) -> BackupContent:
    """Write ``tables`` into the file ``path``, one after the other, as they come.

    :param describe: answers what the archive is, asked when all tables are written.
    :param keys: the first one encrypts; without one the archive can be read by everybody who has the file.
    """
    import gzip  # here, as in the other two: they take 4 ms, and most starts write no archive
    import tarfile

    contents: list[tuple[str, TableContent]] = []
    with (
        path.open("wb") as raw,
        _sealed(raw, keys) as out,
        gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        add_member(tar, _FIRST, json.dumps({"format": FORMAT, "made_for": made_for}).encode())
        for table in tables:
            where = f"tables/{table.module}/{quote(table.name, safe='')}"
            with table.lines as each:
                counted = Counted(each)
                for part, piece in enumerate(pieces(counted)):
                    if len(piece) > LARGEST_ROW:
                        raise OSError(errno.EFBIG, f"a row of {table.name} has more than {LARGEST_ROW >> 20} MB")
                    add_member(tar, f"{where}/{part:06}.jsonl", piece)
            content = TableContent(
                name=table.name,
                columns=table.columns,
                types=table.types,
                rows=counted.rows,
                sha256=counted.digest.hexdigest(),
            )
            contents.append((table.module, content))
        described = describe(contents)
        add_member(tar, _LAST, _signed(described.as_json()))
    return described


def read_start(path: Path, keys: Sequence[bytes]) -> Header | None:
    """How an archive begins; ``None`` for a file that is something else. It may still be damaged further on.

    :raises BackupUnreadable: for an archive in a format of another release, and a file that cannot be read.
    :raises BackupKeyWrong: for an encrypted one without its key.
    """
    with _told(path), open_regular(path) as raw, _members(path, raw, keys) as (members, is_encrypted):
        name, content = next(members, ("", b""))
        return Header(made_for=_made_for(path, content), is_encrypted=is_encrypted) if name == _FIRST else None


def read_portable(
    path: Path, keys: Sequence[bytes], on_piece: OnPiece = lambda module, table, piece: None
) -> BackupContent:
    """Read a whole archive and hold it against what it says of itself.

    :param on_piece: given each piece; what it is told is only known to be right at the end.
    :raises BackupUnreadable: for a file that is no archive, or damaged, or not all of one.
    :raises BackupKeyWrong: for an encrypted one without its key; :class:`BackupNotEncrypted` the other way round.
    """
    digests: dict[tuple[str, str], Counted] = {}
    last, made_for = "", None
    with _told(path), opened_backup(path) as raw, _members(path, raw, keys) as (members, is_encrypted):
        content: BackupContent | None = None
        for name, member in members:
            if keys and not is_encrypted:
                raise BackupNotEncrypted(path)
            piece = _PIECE.fullmatch(name)
            if made_for is None and name == _FIRST:
                made_for = _made_for(path, member)
            elif made_for is None or content is not None or not (piece or name == _LAST):
                raise BackupUnreadable(path, "it holds what the hub did not write")
            elif piece is None:
                content = _checked(member)
            else:
                key = piece[1], unquote(piece[2])
                counted = digests.setdefault(key, Counted(()))
                if int(piece[3]) and last != f"{piece[1]}/{piece[2]}/{int(piece[3]) - 1}":
                    raise BackupUnreadable(path, "it is damaged: its pieces do not follow one another")
                last = f"{piece[1]}/{piece[2]}/{int(piece[3])}"
                counted.take(member)
                on_piece(*key, member)
        if content is None:
            raise BackupUnreadable(path, f"it has no {_LAST}: it is not all there, or no archive of the hub's")
    _compare(path, content, made_for, digests)
    return content


def _compare(path: Path, content: BackupContent, made_for: str | None, digests: dict[tuple[str, str], Counted]) -> None:
    said = {(module.name, table.name): table for module in content.modules.values() for table in module.tables}
    if made_for != content.made_for or not content.is_archive or not digests.keys() <= said.keys():
        raise BackupUnreadable(path, "it is damaged: it does not hold what it says of itself")
    for key, table in said.items():
        counted = digests.get(key, Counted(()))
        if (counted.rows, counted.digest.hexdigest()) != (table.rows, table.sha256):
            raise BackupUnreadable(path, f"it is damaged: the rows of {table.name} are not those that were written")


def _signed(text: str) -> bytes:
    content = _canonical(json.loads(text))
    return f'{{"sha256":"{hashlib.sha256(content.encode()).hexdigest()}","content":{content}}}\n'.encode()


def _checked(member: bytes) -> BackupContent:
    value = json.loads(member)
    content = _canonical(value["content"])
    if hashlib.sha256(content.encode()).hexdigest() != value["sha256"]:
        raise ValueError(f"{_LAST} is not as it was written")
    return content_of(content)


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=False, separators=(",", ":"))


def _made_for(path: Path, member: bytes) -> str:
    value = json.loads(member)
    if value["format"] != FORMAT:
        raise BackupUnreadable(
            path, f"it was written in format {value['format']}, and this hub reads archives of format {FORMAT}"
        )
    return str(value["made_for"])


@contextmanager
def _sealed(raw: IO[bytes], keys: Sequence[bytes]) -> Iterator[IO[bytes]]:
    if not keys:
        yield raw
        return
    with SealedWriter(raw, keys[0]) as sealed:
        yield cast("IO[bytes]", sealed)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Make what the layers below say of a damaged file the one error that names the file."""
    import tarfile

    try:
        yield
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BackupUnreadable(path, f"it is damaged, or not all of it is there: {error}") from error


@contextmanager
def _members(path: Path, raw: IO[bytes], keys: Sequence[bytes]) -> Iterator[tuple[Iterator[tuple[str, bytes]], bool]]:
    """Yield name and content of each file in a tar, read to the end of it, and whether the file is encrypted."""
    start = raw.read(len(MAGIC))
    raw.seek(0)
    is_encrypted = start == MAGIC
    if not is_encrypted and start[:2] != GZIP:
        yield iter(()), False
        return
    with opened_tar(SealedReader(raw, path, keys) if is_encrypted else raw) as tar:
        yield _each(path, tar), is_encrypted


def _each(path: Path, tar: "tarfile.TarFile") -> Iterator[tuple[str, bytes]]:
    for member in tar:
        largest = LARGEST_ROW if member.name.endswith(".jsonl") else LARGEST_CONTENT
        if not member.isfile() or member.size > largest:
            raise BackupUnreadable(path, "it holds what the hub did not write")
        file = tar.extractfile(member)
        assert file is not None, "it is a file"
        yield member.name, file.read()
    read_to_end(tar)
