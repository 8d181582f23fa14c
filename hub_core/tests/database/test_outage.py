"""A full disk and a lost server are told in words of their own, whoever meets them."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from hub_core import disk_space
from hub_core.database import IN_DOUBT, DatabaseGone, connect, parse_url, told
from hub_core.disk_space import DiskFull, disk_full_told
from hub_core.testing.postgres_server import create_database, drop_database

SERVER = parse_url("postgresql://hub:s3cret@db.example:5433/shop")


def sqlite_full(path: Path) -> sqlite3.Error:
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE a (b)")
        file.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as raised:
            file.execute("INSERT INTO a VALUES (zeroblob(99999))")
    return raised.value


def test_the_volume_and_what_is_free_on_it_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = parse_url(f"sqlite:///{tmp_path / 'hub.db'}")
    monkeypatch.setattr(disk_space, "free_bytes", lambda folder: 4096)
    volume = next(each for each in tmp_path.parents if each.is_mount())
    assert told(sqlite_full(tmp_path / "hub.db"), url) == (
        f"no space is left on {volume}, where {tmp_path / 'hub.db'} lies: 4096 bytes are free",
        "Free some space there, and run this again",
    )


def test_a_quota_is_thought_of_where_the_volume_has_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_space, "free_bytes", lambda folder: 1 << 40)
    cause, _ = told(sqlite_full(tmp_path / "hub.db"), parse_url(f"sqlite:///{tmp_path / 'hub.db'}")) or ("", "")
    assert cause.endswith("bytes are free, so a quota or the folder for temporary files is used up")


def test_what_sqlite_hides_is_a_full_disk_only_where_space_is_scarce(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = parse_url(f"sqlite:///{tmp_path / 'hub.db'}")
    with pytest.raises(sqlite3.OperationalError, match="unable to open") as raised:
        sqlite3.connect(tmp_path / "nowhere" / "hub.db")
    monkeypatch.setattr(disk_space, "free_bytes", lambda folder: 0)
    assert told(raised.value, url) is not None
    monkeypatch.setattr(disk_space, "free_bytes", lambda folder: 1 << 30)
    assert told(raised.value, url) is None


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_file_that_cannot_be_written_names_the_file(tmp_path: Path, code: int) -> None:
    path = tmp_path / "new" / "backup"
    with pytest.raises(DiskFull) as raised, disk_full_told("cannot write the backup", path):
        raise OSError(code, os.strerror(code))
    assert raised.value.problem == "cannot write the backup"
    assert raised.value.cause
    assert f"where {path} lies" in raised.value.cause
    with pytest.raises(PermissionError), disk_full_told("cannot write the backup", path):
        raise PermissionError(errno.EACCES, "no")


def test_a_server_without_space_is_told_from_this_machine() -> None:
    error = psycopg.errors.DiskFull('could not extend file "base/5/6": No space left on device\nHINT:  Check it.')
    cause = "no space is left on the disk of the database server at db.example:5433 "
    cause += '(could not extend file "base/5/6": No space left on device)'
    assert told(error, SERVER) == (cause, "Free some space there, and run this again")


def test_a_server_that_went_away_is_told_with_what_becomes_of_the_tables() -> None:
    error = psycopg.OperationalError("server closed the connection unexpectedly\n\tThis probably means …")
    cause = "the database server at db.example:5433 went away (server closed the connection unexpectedly); "
    cause += "when it is back, the tables are as before"
    assert told(error, SERVER) == (cause, "See that the server answers again, then run this again")
    told_of_commit = told(error, SERVER, then=IN_DOUBT)
    assert told_of_commit is not None
    assert told_of_commit[0].endswith(
        "when it is back, the tables are whole: as after, if the commit had arrived, else as before"
    )


def test_an_error_of_the_statement_is_neither() -> None:
    assert told(psycopg.errors.UndefinedTable("no"), SERVER) is None
    assert told(psycopg.errors.QueryCanceled("no"), SERVER) is None
    assert told(ZeroDivisionError(), SERVER) is None


def test_a_block_in_which_the_server_ends_the_session_raises_what_it_means(postgres_server: str) -> None:
    url = create_database(postgres_server)
    with pytest.raises(DatabaseGone) as raised:
        use_and_lose(url, postgres_server)
    drop_database(postgres_server, url)
    assert raised.value.problem == f"the database {parse_url(url).masked} went away"
    assert raised.value.cause
    assert "ended the session (terminating connection due to administrator command)" in raised.value.cause


def use_and_lose(url: str, server: str) -> None:
    with connect(parse_url(url)) as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(server, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        connection.execute(text("SELECT 1"))
