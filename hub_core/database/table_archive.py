"""An archive of tables: a compressed tar with the text of PostgreSQL's COPY in pieces, and what it is at the end.

It is written and read as a stream, so memory does not grow with the tables. A tar wants the size of a member before its
content; so a table is many members of a few megabytes. ``backup.json`` is the last one: without it nothing is complete.
"""

import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from .backup_content import BackupContent, BackupUnreadable, TableContent, content_of
from .packed_tar import GZIP, opened_tar, read_to_end
from .read_progress import opened_backup

if TYPE_CHECKING:
    import tarfile

PIECE_BYTES: Final = 1 << 20
CONTENT_NAME: Final = "backup.json"
LARGEST_CONTENT: Final = 64 << 20
_PIECE: Final = re.compile(r"tables/(\d{4,})/\d{6,}\.copy")

Rows = Iterable[bytes]
"""The rows of one table as COPY gives them, one at a time or several."""


def write_archive(
    path: Path,
    tables: Iterable[tuple[str, Sequence[str], AbstractContextManager[Rows]]],
    describe: Callable[[Sequence[TableContent]], BackupContent],
) -> BackupContent:
    """Write ``tables`` (name, columns, what opens and closes the rows) into the file ``path``, one after the other, as they come.

    :param describe: answers what the archive is, asked when all tables are written.
    """
    import gzip  # here, as in the other two: they take 4 ms, and most starts write no archive
    import tarfile

    contents: list[TableContent] = []
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        for number, (name, columns, rows) in enumerate(tables):
            with rows as each:
                counted = Counted(each)
                for part, piece in enumerate(pieces(counted)):
                    add_member(tar, f"tables/{number:04}/{part:06}.copy", piece)
            contents.append(
                TableContent(name=name, columns=tuple(columns), rows=counted.rows, sha256=counted.digest.hexdigest())
            )
        content = describe(contents)
        add_member(tar, CONTENT_NAME, content.as_json().encode())
    return content


def read_archive(path: Path, on_piece: Callable[[int, bytes], None] = lambda number, piece: None) -> BackupContent:
    """Read a whole archive and hold it against what it says of itself.

    :param on_piece: given each piece with the number of its table; what it is told is only known to be right at the end.
    :raises BackupUnreadable: for a file that is no archive, or damaged, or not all of one.
    """
    import tarfile

    digests: dict[int, tuple[int, str]] = {}
    try:
        with opened_backup(path) as raw:
            if raw.read(2) != GZIP:
                raise BackupUnreadable(path, "it is neither an SQLite database nor an archive of tables")
            raw.seek(0)
            content = _read(path, raw, on_piece, digests)
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError) as error:
        raise BackupUnreadable(path, f"it is damaged, or not all of it is there: {error}") from error
    for module in content.modules.values():
        for number, table in enumerate(module.tables):
            if digests.get(number, (0, hashlib.sha256().hexdigest())) != (table.rows, table.sha256):
                raise BackupUnreadable(path, f"it is damaged: the rows of {table.name} are not those that were written")
    return content


def _read(
    path: Path, raw: IO[bytes], on_piece: Callable[[int, bytes], None], digests: dict[int, tuple[int, str]]
) -> BackupContent:
    running: dict[int, Counted] = {}
    content: BackupContent | None = None
    with opened_tar(raw) as tar:
        for member in tar:
            number = _PIECE.fullmatch(member.name)
            is_known = member.isfile() and (number or member.name == CONTENT_NAME)
            if content is not None or (not number and member.size > LARGEST_CONTENT) or not is_known:
                raise BackupUnreadable(path, "it holds what the hub did not write")
            file = tar.extractfile(member)
            assert file is not None, "it is a file"
            piece = file.read()
            if number is None:
                content = content_of(piece)
            else:
                running.setdefault(int(number[1]), Counted(())).take(piece)
                on_piece(int(number[1]), piece)
        read_to_end(tar)
    if content is None:
        raise BackupUnreadable(path, f"it has no {CONTENT_NAME}: it is not all there, or no backup of the hub's")
    digests |= {number: (counted.rows, counted.digest.hexdigest()) for number, counted in running.items()}
    return content


class Counted:
    """Counts and hashes rows as they pass. COPY, as JSON lines, ends each row with a newline and has no other."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self.rows, self.digest = rows, 0, hashlib.sha256()

    def take(self, piece: bytes) -> None:
        self.rows += piece.count(b"\n")
        self.digest.update(piece)

    def __iter__(self) -> Iterator[bytes]:
        for row in self._rows:
            self.take(row)
            yield row


def digest_of(name: str, columns: Sequence[str], rows: Rows) -> TableContent:
    """Count and hash rows, as an archive does."""
    counted = Counted(rows)
    for _ in counted:
        pass
    return TableContent(name=name, columns=tuple(columns), rows=counted.rows, sha256=counted.digest.hexdigest())


def pieces(rows: Rows) -> Iterator[bytes]:
    """Whole rows, together as many as make a piece."""
    gathered, size = [], 0
    for row in rows:
        gathered.append(row)
        size += len(row)
        if size >= PIECE_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def add_member(tar: "tarfile.TarFile", name: str, content: bytes) -> None:
    """Write one file, which only its owner may read, into a tar."""
    import tarfile

    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))
