"""What is known after a failure: who held the lock, and whether the server had gone silent. Against plain connections."""

import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub_core.database import connect, parse_url, transaction_mode
from hub_core.migrations.watch import server_watch
from hub_core.migrations.watch.lock_holders import Holder, LockWait
from hub_core.migrations.watch.watching import watched
from hub_core.testing.postgres_server import create_database, drop_database

from .stalling_proxy import stalling_proxy

Told = tuple[str, str]


@pytest.fixture
def server(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database with one table."""
    url = create_database(postgres_server)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE shop_item (id integer PRIMARY KEY, secret text)")
        connection.execute("INSERT INTO shop_item VALUES (1, 'a')")
    yield url
    drop_database(postgres_server, url)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watcher that looks early and often."""
    monkeypatch.setattr(server_watch, "START_SECONDS", 0.2)
    monkeypatch.setattr(server_watch, "EVERY_SECONDS", 0.2)


def failure(url: str, statement: str, *, lock_timeout: str = "2s") -> Told:
    """What is told when ``statement`` fails."""
    parsed = parse_url(url)
    with connect(parsed) as connection, watched(parsed, connection) as watch:
        connection.execute(text(f"SET lock_timeout = '{lock_timeout}'"))
        with pytest.raises(DBAPIError) as raised:
            connection.execute(text(statement))
        told = watch.explanation(raised.value)
    assert told is not None
    return told


def test_the_session_that_holds_a_table_is_named_and_what_it_wrote_is_not(server: str, quick: None) -> None:
    with psycopg.connect(server, application_name="psql\x1b[31m") as other:
        pid = other.info.backend_pid
        other.execute("UPDATE shop_item SET secret = 'hunter2' WHERE id = 1")
        cause, remedy = failure(server, "ALTER TABLE shop_item ADD COLUMN price integer")
        since = other.execute(
            "SELECT to_char(xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS') FROM pg_stat_activity "
            "WHERE pid = pg_backend_pid()"
        ).fetchone()
    assert since
    who = rf"pid {pid} \(psql\\x1b\[31m, role {urlsplit(server).username}, from 127\.0\.0\.1\)"
    assert re.fullmatch(
        rf"waited 2 s for shop_item, locked by {who} idle after UPDATE whose transaction is open since {since[0]}Z",
        cause,
    ), cause
    assert remedy == (
        f"Wait until it is done, or end that session (SELECT pg_terminate_backend({pid})), and run this again"
    )
    assert "hunter2" not in cause + remedy


def test_a_locked_row_is_waited_for_like_a_locked_table(server: str, quick: None) -> None:
    with psycopg.connect(server) as other:
        pid = other.info.backend_pid
        other.execute("SELECT * FROM shop_item WHERE id = 1 FOR UPDATE")
        cause, _ = failure(server, "UPDATE shop_item SET secret = 'b'")
    assert cause.startswith(f"waited 2 s for shop_item, locked by pid {pid} (")
    assert "idle after SELECT" in cause


def test_whoever_waits_in_between_is_not_the_one_to_end(server: str, quick: None) -> None:
    with psycopg.connect(server) as holder, psycopg.connect(server) as waiting:
        first, second = holder.info.backend_pid, waiting.info.backend_pid
        holder.execute("SELECT count(*) FROM shop_item")
        queue = threading.Thread(target=_lock, args=(waiting,))
        queue.start()
        cause, remedy = failure(server, "INSERT INTO shop_item VALUES (2, 'b')")
        holder.rollback()
        queue.join()
    assert re.search(rf"locked by pid {first} \(.+ and pid {second} \(.+, which waits itself,", cause), cause
    assert f"pg_terminate_backend({first})" in remedy
    assert str(second) not in remedy


def _lock(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute("LOCK TABLE shop_item")


def test_a_role_that_may_see_little_still_learns_who(server: str, quick: None) -> None:
    role = f"little_{os.urandom(4).hex()}"
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'".encode())
        owner.execute(f"GRANT ALL ON shop_item TO {role}".encode())
    try:
        with psycopg.connect(server, application_name="psql") as other:
            pid = other.info.backend_pid
            other.execute("LOCK TABLE shop_item")
            parts = urlsplit(server)
            little = parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}").geturl()
            cause, _ = failure(little, "DELETE FROM shop_item")
        expected = f"waited 2 s for shop_item, locked by pid {pid} (psql, role {parts.username})"
        assert cause == expected
    finally:
        with psycopg.connect(server, autocommit=True) as owner:
            owner.execute(f"DROP OWNED BY {role}".encode())
            owner.execute(f"DROP ROLE {role}".encode())


def test_prepared_transactions_and_odd_names_are_told_in_words() -> None:
    odd = Holder(pid=4, application="a\x1b[31m\n" + "b" * 99, role="x", state="active", statement="hunter2")
    assert str(odd) == f"pid 4 (a[31m{'b' * 53}, role x)"
    wait = LockWait(relation=None, waited=None, holders=(Holder(pid=0),))
    assert wait.cause() == "waited for a lock, locked by a prepared transaction"
    assert "ROLLBACK PREPARED" in wait.remedy()
    many = LockWait(relation="a", waited=None, holders=tuple(Holder(pid=pid) for pid in range(1, 6)))
    assert many.cause() == "waited for a, locked by pid 1 and pid 2 and pid 3 and 2 more"


def test_a_wait_that_was_over_before_anybody_looked_says_so(server: str) -> None:
    with psycopg.connect(server) as other:
        other.execute("LOCK TABLE shop_item")
        cause, _ = failure(server, "DELETE FROM shop_item", lock_timeout="50ms")
    assert cause == "canceling statement due to lock timeout, before it was seen who held the lock"


def test_a_short_migration_has_no_second_session(server: str) -> None:
    url = parse_url(server)
    count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    before = threading.active_count()
    with connect(url) as connection:
        with watched(url, connection):
            time.sleep(0.3)
            assert connection.scalar(count) == 1
        assert threading.active_count() == before


def test_the_second_session_is_gone_when_the_migration_is(server: str, quick: None) -> None:
    url = parse_url(server)
    count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    before = threading.active_count()
    with connect(url) as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        with watched(url, connection):
            time.sleep(1)
            assert connection.scalar(count) == 2
        assert threading.active_count() == before
        time.sleep(0.2)
        assert connection.scalar(count) == 1


def test_a_long_statement_on_a_server_that_answers_is_never_cut(
    server: str, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_watch, "SILENT_SECONDS", 3.0)
    url = parse_url(server)
    with connect(url) as connection, watched(url, connection) as watch:
        connection.execute(text("SELECT pg_sleep(7)"))
        assert not watch.is_silent


def test_a_server_that_lets_nobody_in_but_answers_is_not_silent(
    server: str, postgres_server: str, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_watch, "SILENT_SECONDS", 3.0)
    url = parse_url(server)
    name = urlsplit(server).path[1:]
    with connect(url) as connection, watched(url, connection) as watch:
        with psycopg.connect(postgres_server, autocommit=True) as owner:
            owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        connection.execute(text("SELECT pg_sleep(7)"))
        assert not watch.is_silent


def test_a_connection_into_a_black_hole_ends(server: str, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_watch, "SILENT_SECONDS", 1.5)
    with stalling_proxy(server) as proxy:
        url = parse_url(proxy.url)
        with connect(url) as connection, watched(url, connection) as watch:
            timer = threading.Timer(1, proxy.stall)
            timer.start()
            begun = time.monotonic()
            with pytest.raises(DBAPIError) as raised:
                connection.execute(text("SELECT pg_sleep(60)"))
            took = time.monotonic() - begun
            told = watch.explanation(raised.value)
            assert told is not None
            assert told[0] == (
                f"the database server at 127.0.0.1:{proxy.port} stopped answering: for 1.5 s neither a query nor a new "
                "connection was answered; when it is back, the tables are as before"
            )
            assert told[1] == "See that the server and the network to it answer again, then run this again"
    assert 2 < took < 6


def test_it_is_noticed_too_when_it_came_before_the_first_look(
    server: str, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_watch, "SILENT_SECONDS", 1.5)
    with stalling_proxy(server) as proxy:
        url = parse_url(proxy.url)
        with connect(url) as connection, watched(url, connection) as watch:
            proxy.stall()
            with pytest.raises(DBAPIError):
                connection.execute(text("SELECT 1"))
            assert watch.is_silent


def test_watching_ends_at_once_in_a_black_hole_too(server: str, quick: None) -> None:
    with stalling_proxy(server) as proxy:
        url = parse_url(proxy.url)
        before = threading.active_count()
        for seconds in (0.1, 1, 6):  # before its session is there, while it asks, while it tries new connections
            with connect(url) as connection:
                with watched(url, connection):
                    time.sleep(0.5)
                    proxy.stall()
                    time.sleep(seconds)
                    begun = time.monotonic()
                assert time.monotonic() - begun < 1
                assert threading.active_count() == before
                proxy.flow()


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("holds", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_the_process_that_holds_an_sqlite_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(transaction_mode, "BUSY_SECONDS", 0.1)
    path, url = tmp_path / "hub.db", f"sqlite:///{tmp_path / 'hub.db'}"
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"PRAGMA journal_mode={mode}")
        file.execute("CREATE TABLE shop_item (id integer)")
    command = [sys.executable, "-c", HOLD, str(path)]
    if mode == "delete":
        monkeypatch.setattr("hub_core.database.connection.ON_CONNECT", ("PRAGMA synchronous=FULL",))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        cause, remedy = locked(url)
        holder.kill()
    assert cause == f"{path} is locked by pid {holder.pid} ({Path(sys.executable).name})"
    assert remedy == f"Wait until it is done, or end it (kill {holder.pid}), and run this again"


def test_this_very_process_is_told_from_others_and_keeps_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction_mode, "BUSY_SECONDS", 0.1)
    path, url = tmp_path / "hub.db", f"sqlite:///{tmp_path / 'hub.db'}"
    with connect(parse_url(url)) as connection:
        connection.execute(text("CREATE TABLE shop_item (id integer)"))
        cause, _ = locked(url)
        assert cause == f"{path} is locked by this very process (pid {os.getpid()}): another connection of it writes"
        assert locked(url)[0] == cause, "asking took the lock away"


def test_a_file_that_is_free_again_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction_mode, "BUSY_SECONDS", 0.1)
    url = parse_url(f"sqlite:///{tmp_path / 'hub.db'}")
    with connect(url) as connection, watched(url, connection) as watch:
        with connect(url) as other:
            other.execute(text("CREATE TABLE a (id integer)"))
            with pytest.raises(DBAPIError) as raised:
                connection.execute(text("CREATE TABLE b (id integer)"))
        told = watch.explanation(raised.value)
    assert told == (
        f"{tmp_path / 'hub.db'} was locked by a process that has let go of it since",
        "Run this again: hub.db is free now",
    )


def locked(url: str) -> Told:
    parsed = parse_url(url)
    with connect(parsed) as connection, watched(parsed, connection) as watch:
        with pytest.raises(DBAPIError, match="database is locked") as raised:
            connection.execute(text("CREATE TABLE shop_more (id integer)"))
        told = watch.explanation(raised.value)
    assert told is not None
    return told


def test_an_error_of_the_revision_itself_is_not_explained(database_url: str) -> None:
    url = parse_url(database_url)
    with connect(url) as connection, watched(url, connection) as watch:
        with pytest.raises(DBAPIError) as raised:
            connection.execute(text("SELECT * FROM nowhere"))
        assert watch.explanation(raised.value) is None
        assert watch.explanation(ZeroDivisionError("half way")) is None
