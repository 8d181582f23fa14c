"""Databases other than the two are refused at configuration, saying why, and no password is ever shown."""

from pathlib import Path

import pytest

from hub_core.database import DatabaseRefused, parse_url


def test_a_relative_sqlite_path_is_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = parse_url("sqlite:///hub.db")
    assert (url.kind, url.sqlite_path) == ("sqlite", tmp_path / "hub.db")
    assert url.async_url.render_as_string() == f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}"
    assert url.sync_url.render_as_string() == f"sqlite+pysqlite:///{tmp_path / 'hub.db'}"
    assert url.masked == f"sqlite:///{tmp_path / 'hub.db'}"


def test_passwords_are_masked_wherever_they_stand() -> None:
    url = parse_url("postgresql://hub:s3cret@db:5432/hub?sslpassword=s3cret&application_name=mine")
    assert url.masked == "postgresql://hub:***@db:5432/hub?application_name=mine&sslpassword=hidden"
    assert "s3cret" not in repr(url)
    assert url.sync_url.password == "s3cret"
    assert url.async_url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("text", "shown", "cause", "remedy"),
    [
        (
            "mysql://root:s3cret@db/hub",
            "mysql://root:***@db/hub",
            "the hub works with sqlite and postgresql; for 'mysql' nothing here is tested",
            "Use a sqlite:/// or postgresql:// URL",
        ),
        (
            "postgres://hub:s3cret@db/hub",
            "postgres://hub:***@db/hub",
            "the hub works with sqlite and postgresql; for 'postgres' nothing here is tested",
            "Write postgresql:// for postgres://",
        ),
        (
            "postgresql+asyncpg://hub:s3cret@db/hub",
            "postgresql+asyncpg://hub:***@db/hub",
            "it names the driver 'asyncpg', and the hub chooses its drivers itself",
            "Write postgresql://hub:***@db/hub",
        ),
        (
            "postgresql://hub:s3cret@db",
            "postgresql://hub:***@db",
            "it names no database",
            "Write postgresql://role:password@host:5432/database",
        ),
        (
            "sqlite://",
            "sqlite://",
            "an SQLite database in memory is another one for each connection",
            "Name a file: sqlite:///path/to/hub.db",
        ),
        (
            "sqlite:///:memory:",
            "sqlite:///:memory:",
            "an SQLite database in memory is another one for each connection",
            "Name a file: sqlite:///path/to/hub.db",
        ),
        (
            "sqlite://data/hub.db",
            "sqlite://data/hub.db",
            "a host (data) stands before the path",
            "Write three slashes before a relative path, four before an absolute one, and nothing after it",
        ),
        (
            "sqlite:///hub.db?mode=ro",
            "sqlite:///hub.db?mode=ro",
            "options are not supported for SQLite",
            "Write three slashes before a relative path, four before an absolute one, and nothing after it",
        ),
        (
            "hub.db",
            "…",
            "it is not a URL",
            "Write sqlite:///path/to/hub.db or postgresql://role:password@host:5432/database",
        ),
        (
            "postgresql://hub:s3cret@db:port/hub",
            "postgresql:…",
            "it is not a URL",
            "Write sqlite:///path/to/hub.db or postgresql://role:password@host:5432/database",
        ),
    ],
)
def test_a_url_that_is_refused_says_why_and_what_to_write(text: str, shown: str, cause: str, remedy: str) -> None:
    with pytest.raises(DatabaseRefused) as raised:
        parse_url(text)
    assert raised.value.code == "database_refused"
    assert str(raised.value) == f"the database URL {shown!r} is refused\ncause: {cause}\nremedy: {remedy}"
    assert "s3cret" not in str(raised.value)
