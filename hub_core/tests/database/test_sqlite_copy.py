"""A copy of an SQLite database is one moment of it, whoever writes meanwhile, and needs no other file."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub_core.database import BackupContent, BackupUnreadable, copy_sqlite, open_sqlite_backup, sqlite_copy

CONTENT = BackupContent(
    kind="sqlite", made_for="shop", hub_version="1", at=datetime(2026, 1, 2, tzinfo=UTC), modules={}
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A database of some 8 MB in WAL mode, in which the two columns of each row add up to 0."""
    path = tmp_path / "hub.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE pair (id INTEGER PRIMARY KEY, a INTEGER, filling BLOB)")
        database.execute("CREATE TABLE other (id INTEGER PRIMARY KEY, b INTEGER)")
        database.executemany("INSERT INTO pair VALUES (?, 0, randomblob(2000))", ((each,) for each in range(4000)))
        database.executemany("INSERT INTO other VALUES (?, 0)", ((each,) for each in range(4000)))
        database.commit()
    return path


def copied(source: Path) -> Path:
    target = source.with_name("copy.db")
    target.touch()
    copy_sqlite(source, target, lambda copy: CONTENT)
    return target


def test_a_copy_is_one_moment_while_another_connection_writes(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_copy, "PAGES_AT_ONCE", 50)
    steps: list[int] = []
    written = 0

    def write(left: int, total: int) -> None:
        """Between two steps: change both tables in one transaction, from a thread of its own, as a server does."""
        nonlocal written
        steps.append(left)

        def change() -> None:
            nonlocal written
            with closing(sqlite3.connect(source, timeout=0.2, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("UPDATE pair SET a = a + 1")
                other.execute("UPDATE other SET b = b - 1")
                other.execute("COMMIT")
            written += 1

        thread = threading.Thread(target=change)
        thread.start()
        thread.join()

    target = source.with_name("copy.db")
    target.touch()
    copy_sqlite(source, target, lambda copy: CONTENT, on_progress=write)
    assert written == len(steps) > 20, "nobody had to wait"
    assert steps == sorted(steps, reverse=True), "it never began again"
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*), min(a + b), max(a + b) FROM pair JOIN other USING (id)").fetchone() == (
            4000,
            0,
            0,
        )


def test_a_copy_is_one_file_and_the_original_stays_as_it_is(source: Path) -> None:
    copy, content = open_sqlite_backup(copied(source))
    with closing(copy):
        assert content == CONTENT
        assert copy.execute("SELECT count(*) FROM pair").fetchone() == (4000,)
    assert sorted(path.name for path in source.parent.glob("copy*")) == ["copy.db"]
    assert source.with_name("copy.db").read_bytes()[18:20] == b"\x01\x01", "not in WAL mode, which needs two more files"
    with closing(sqlite3.connect(source)) as original:
        assert original.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert original.execute("SELECT name FROM sqlite_master WHERE name = 'hub_backup'").fetchall() == []


def test_a_copy_of_a_database_that_was_itself_a_copy_says_what_it_is_once(source: Path) -> None:
    first = copied(source)
    again = source.with_name("again.db")
    again.touch()
    copy_sqlite(first, again, lambda copy: CONTENT)
    connection, content = open_sqlite_backup(again)
    connection.close()
    assert content == CONTENT


def test_a_damaged_original_is_not_copied_as_if_it_were_whole(source: Path) -> None:
    with closing(sqlite3.connect(source)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(source)
    with pytest.raises(sqlite3.DatabaseError, match=r"damaged|malformed"):
        copied(source)


def test_what_is_no_whole_copy_is_refused_and_named(source: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(source)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    good = copied(source).read_bytes()
    path = tmp_path / "refused.db"

    def why(content: bytes) -> str:
        path.write_bytes(content)
        with pytest.raises(BackupUnreadable) as raised:
            open_sqlite_backup(path)
        assert raised.value.code == "backup_unreadable"
        assert raised.value.problem == f"{path} cannot be read as a backup"
        return str(raised.value.cause)

    assert why(b"") == "it is neither an SQLite database nor an archive of tables"
    assert why(source.read_bytes()) == "it is an SQLite database, and no backup that the hub wrote"
    assert why(good[: len(good) // 2]).startswith("it is damaged: ")
    assert why(good[:-4096]).startswith("it is damaged: ")
    assert why(good[:100]).startswith("it is damaged: ")
    middle = len(good) // 2
    assert why(good[:middle] + b"\xff" * 20_000 + good[middle + 20_000 :]).startswith("it is damaged: ")
    for content, said in (
        ("{}", "it is damaged: it does not say in which format it was written"),
        ('{"format": 9}', "it is damaged: it was written in format 9, and this hub reads format 1"),
        ('{"format": 1}', "it is damaged: what it says of itself is incomplete ('kind')"),
        ("{", "it is damaged: Expecting property name"),
    ):
        other = tmp_path / "other.db"
        other.write_bytes(good)
        with closing(sqlite3.connect(other)) as database:
            database.execute("UPDATE hub_backup SET content = ?", (content,))
            database.commit()
        assert why(other.read_bytes()).startswith(said)


def damage(path: Path) -> None:
    """Write over the middle of the file."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 20_000)
