"""Copy an SQLite database while others use it, into one file that needs no other beside it.

SQLite's own backup interface copies page by page. It begins again whenever somebody writes meanwhile, so the copy is made
inside a read transaction: it sees one moment, and nobody waits for it.
"""

# ruff: noqa: S608 - names cannot be bound; every one is quoted

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from .backup_content import BackupContent, BackupUnreadable, content_of
from .regular_file import open_regular
from .transaction_mode import BUSY_SECONDS

PAGES_AT_ONCE: Final = 1024
CONTENT_TABLE: Final = "hub_backup"
_HEADER: Final = b"SQLite format 3\0"


def copy_sqlite(
    source: Path,
    target: Path,
    describe: Callable[[sqlite3.Connection], BackupContent],
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> BackupContent:
    """Copy the database ``source`` into the empty file ``target`` and write into the copy what it is.

    :param describe: answers that, asked with a connection to the copy.
    :param on_progress: told after each step how many pages are left, of how many.
    :raises sqlite3.Error: as SQLite says it, for a full disk as for a damaged database.
    """
    progress = (lambda status, left, total: on_progress(left, total)) if on_progress else None
    with closing(_connection(source, "rw")) as reading, closing(_connection(target, "rw")) as copy:
        copy.execute("PRAGMA journal_mode=OFF")  # a copy that was cut off is thrown away
        copy.execute("PRAGMA synchronous=OFF")  # made durable as a whole in the end
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(copy, pages=PAGES_AT_ONCE, progress=progress, sleep=0)
        reading.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode=DELETE")  # the original is in WAL mode, which needs two more files
        copy.execute("PRAGMA synchronous=OFF")
        content = describe(copy)
        copy.execute(f"DROP TABLE IF EXISTS {CONTENT_TABLE}")
        copy.execute(f"CREATE TABLE {CONTENT_TABLE} (content TEXT NOT NULL)")
        copy.execute(f"INSERT INTO {CONTENT_TABLE} VALUES (?)", (content.as_json(),))
        if faults := _faults(copy):
            raise sqlite3.DatabaseError(f"the copy is damaged: {faults}")
    return content


def open_sqlite_backup(path: Path) -> tuple[sqlite3.Connection, BackupContent]:
    """Open a copy for reading only; whoever asks closes it. Its pages are whole; its rows are not looked at here.

    :raises BackupUnreadable: for a file that is none, or damaged.
    """
    try:
        with open_regular(path) as file:
            if file.read(len(_HEADER)) != _HEADER:
                raise BackupUnreadable(path, "it is neither an SQLite database nor an archive of tables")
            size = os.fstat(file.fileno()).st_size
        connection = _connection(path, "ro&immutable=1")
    except OSError as error:
        raise BackupUnreadable(path, error.strerror or str(error)) from error
    try:
        if faults := _faults(connection):
            raise BackupUnreadable(path, f"it is damaged: {faults}")
        if size != _value(connection, "page_count") * _value(connection, "page_size"):
            raise BackupUnreadable(path, "it is damaged: something follows its end")
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (CONTENT_TABLE,)).fetchone()
        if not found:
            raise BackupUnreadable(path, "it is an SQLite database, and no backup that the hub wrote")
        rows = connection.execute(f"SELECT content FROM {CONTENT_TABLE}").fetchall()
        return connection, content_of(rows[0][0])
    except (sqlite3.Error, ValueError, IndexError) as error:
        connection.close()
        raise BackupUnreadable(path, f"it is damaged: {error}") from error
    except BaseException:
        connection.close()
        raise


def _connection(path: Path, mode: str) -> sqlite3.Connection:
    where = f"file:{quote(str(path))}?mode={mode}"
    return sqlite3.connect(where, uri=True, isolation_level=None, timeout=BUSY_SECONDS)


def _value(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _faults(connection: sqlite3.Connection) -> str:
    said = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    return "" if said == ["ok"] else "; ".join(map(str, said))
