"""A connection that cannot be had says what is in the way; one that can behaves the same on both databases."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub_core.database import DatabaseMissing, DatabaseUnreachable, connect, parse_url


def test_what_is_not_committed_is_gone(database_url: str) -> None:
    url = parse_url(database_url)
    with connect(url) as connection:
        connection.execute(text("CREATE TABLE a (id integer)"))
        connection.commit()
        connection.execute(text("INSERT INTO a VALUES (1)"))
    with connect(url) as connection:
        assert connection.scalar(text("SELECT count(*) FROM a")) == 0


def test_schema_changes_belong_to_the_transaction(database_url: str) -> None:
    url = parse_url(database_url)
    with connect(url) as connection:
        connection.execute(text("CREATE TABLE a (id integer)"))
        connection.rollback()
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT * FROM a"))


def test_a_read_only_connection_refuses_to_write(database_url: str) -> None:
    url = parse_url(database_url)
    with connect(url) as connection:
        connection.execute(text("CREATE TABLE a (id integer)"))
        connection.commit()
    with connect(url, read_only=True) as connection:
        assert connection.scalar(text("SELECT count(*) FROM a")) == 0
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            connection.execute(text("INSERT INTO a VALUES (1)"))


def test_sqlite_keeps_what_it_acknowledged_and_enforces_foreign_keys(tmp_path: Path) -> None:
    url = parse_url(f"sqlite:///{tmp_path}/hub.db")
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with connect(url) as connection:
        values = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas}
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10000}


def test_foreign_keys_can_be_switched_off_for_a_connection_of_sqlite(tmp_path: Path) -> None:
    with connect(parse_url(f"sqlite:///{tmp_path}/hub.db"), foreign_keys=False) as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0


def refusal(url: str, *, read_only: bool = False) -> DatabaseUnreachable:
    with pytest.raises(DatabaseUnreachable) as raised, connect(parse_url(url), read_only=read_only):
        pass
    error = raised.value
    assert error.problem == f"cannot open the database {parse_url(url).masked}"
    assert error.code == ("database_missing" if isinstance(error, DatabaseMissing) else "database_unreachable")
    return error


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    error = refusal(f"sqlite:///{tmp_path}/nowhere/hub.db")
    assert str(error) == (
        f"cannot open the database sqlite:///{tmp_path}/nowhere/hub.db\n"
        f"cause: the folder {tmp_path}/nowhere does not exist\n"
        "remedy: Create it, or name another file"
    )


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    error = refusal(f"sqlite:///{tmp_path}")
    assert (error.cause, error.remedy) == (f"{tmp_path} is a folder", "Name a file in it")


def test_a_file_of_another_kind_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_text("not a database, but long enough to have a header " * 4)
    for read_only in (False, True):
        error = refusal(f"sqlite:///{tmp_path}/hub.db", read_only=read_only)
        assert error.cause == "the file is not an SQLite database"
        assert error.remedy == "Name another file, or move this one"


def test_reading_creates_no_file(tmp_path: Path) -> None:
    error = refusal(f"sqlite:///{tmp_path}/hub.db", read_only=True)
    assert isinstance(error, DatabaseMissing)
    assert (error.cause, error.remedy) == (f"there is no file {tmp_path}/hub.db", "Run `hub up` to create it")
    assert not (tmp_path / "hub.db").exists()


@pytest.fixture
def ordinary_user() -> Iterator[Path]:
    """A folder that everyone can reach, seen by a user who is not root."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def chmod(path: Path, mode: int) -> None:
    """As the owner, whoever acts now."""
    user = os.geteuid()
    os.seteuid(os.getuid())
    path.chmod(mode)
    os.seteuid(user)


def test_an_unwritable_folder_is_named(ordinary_user: Path) -> None:
    chmod(ordinary_user, 0o555)
    error = refusal(f"sqlite:///{ordinary_user}/hub.db")
    assert error.cause == f"the folder {ordinary_user} is not writable"
    assert error.remedy == "Give this user the right to write it, or name a file in another folder"


def test_unreadable_and_unwritable_files_are_named(ordinary_user: Path) -> None:
    chmod(ordinary_user, 0o777)
    path = ordinary_user / "hub.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE a (id integer)")
    chmod(path, 0o000)
    error = refusal(f"sqlite:///{path}")
    assert (error.cause, error.remedy) == (f"{path} cannot be read", "Give this user the right to read it")
    chmod(path, 0o444)
    error = refusal(f"sqlite:///{path}")
    assert error.cause == f"the file {path} is not writable"
    assert error.remedy == "Give this user the right to write it, or name a file in another place"
    with connect(parse_url(f"sqlite:///{path}"), read_only=True) as connection:
        assert connection.scalar(text("SELECT count(*) FROM a")) == 0


def test_a_wrong_password_is_told_from_a_server_that_is_not_there(postgres_server: str) -> None:
    parts = urlsplit(postgres_server)
    wrong = parts._replace(netloc=f"{parts.username}:s3cret@{parts.hostname}:{parts.port}")
    error = refusal(wrong.geturl())
    assert error.cause == f"the server refused the role '{parts.username}' or its password"
    assert error.remedy == "Correct role and password in the URL"

    error = refusal(parts._replace(netloc="hub:s3cret@127.0.0.1:1").geturl())
    assert error.cause is not None
    assert error.cause.startswith("no PostgreSQL server answers at 127.0.0.1:1 (")
    assert error.remedy == "Start the server, or correct host and port in the URL"
    assert "s3cret" not in str(error)


def test_a_missing_database_says_how_to_create_it(postgres_server: str) -> None:
    parts = urlsplit(postgres_server)
    error = refusal(parts._replace(path="/nothing_here").geturl())
    assert isinstance(error, DatabaseMissing)
    assert error.cause == f"there is no database 'nothing_here' on {parts.hostname}:{parts.port}"
    assert error.remedy == "Create it: createdb nothing_here"


def test_anything_else_the_server_says_is_passed_on(postgres_server: str) -> None:
    error = refusal(f"{postgres_server}?options=-c%20no_such_setting%3D1")
    assert error.cause is not None
    assert 'unrecognized configuration parameter "no_such_setting"' in error.cause
    assert error.remedy == "Read what the server says, and correct the URL or the server"
