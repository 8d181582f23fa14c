"""The PostgreSQL server goes away in the middle of an upgrade: old state whole, a clear error, and running it again works."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from hub_core.database import DatabaseUnreachable, leader_lock, parse_url
from hub_core.migrations import MigrationFailed
from hub_core.migrations.watch import server_watch
from hub_core.operations.migrate import migrate
from hub_core.testing.postgres_server import PostgresServer, create_database, drop_database, own_postgres
from hub_core.tests.sample_modules import SampleModules

from .shop_releases import Shop, schema_revision, state
from .stalling_proxy import stalling_proxy

SLEEPS = "op.execute('SELECT pg_sleep(60)') if op.get_bind().dialect.name == 'postgresql' else None"
WAITS_AT_COMMIT = (
    "[op.execute(each) for each in ("
    "'CREATE FUNCTION shop_wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$',"
    "'CREATE CONSTRAINT TRIGGER shop_wait AFTER INSERT ON shop_more DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION shop_wait()')]"
)

OUTSIDE = """
from alembic import op

revision = "shop_0002"
down_revision = "shop_0001"
transactional = False

def upgrade() -> None:
    op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS shop_by_id ON shop_item (id)")
    op.execute("{then}")
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of this file's own."""
    with own_postgres() as running:
        yield running


@pytest.fixture
def url(server: PostgresServer) -> Iterator[str]:
    """A database on it."""
    made = create_database(server.url)
    yield made
    drop_database(server.url, made)


@pytest.fixture
def shop(samples: SampleModules, tmp_path: Path, url: str) -> Shop:
    """The first release, brought up."""
    shop = Shop(samples, tmp_path)
    assert shop.up(url) == []
    return shop


def upgrade(shop: Shop, url: str) -> tuple[str, ...]:
    """``hub migrate``; answers what was migrated."""
    done = migrate(shop.settings(url), agree=lambda plan: None, on_revision=lambda run: None)
    assert done.errors == ()
    return done.modules


def during(what: str, url: str, act: Callable[[int], None]) -> threading.Thread:
    """When a session of the database is at ``what``, do ``act`` with its process id."""

    def waiting() -> None:
        with psycopg.connect(url, autocommit=True) as watching:
            found = None
            while found is None:
                time.sleep(0.05)
                found = watching.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
                    "AND pid <> pg_backend_pid() AND query ILIKE %s",
                    [what],
                ).fetchone()
        act(found[0])

    thread = threading.Thread(target=waiting)
    thread.start()
    return thread


def failure(shop: Shop, url: str) -> MigrationFailed:
    with pytest.raises(MigrationFailed) as raised:
        upgrade(shop, url)
    return raised.value


def works_again(shop: Shop, url: str, before: object) -> None:
    """The old state is whole, and the same upgrade goes through."""
    parsed = parse_url(url)
    assert state(url) == before
    assert schema_revision(parsed) == "shop_0001"
    with leader_lock(parsed, wait_seconds=5):
        pass
    shop.release_second()
    assert upgrade(shop, url) == ("shop",)
    assert schema_revision(parsed) == "shop_0002"
    assert state(url)["shop_item"][-1] == "(7, 5)"


def test_a_server_that_is_stopped_as_if_it_crashed(shop: Shop, server: PostgresServer, url: str) -> None:
    before = state(url)
    shop.release_second(SLEEPS)
    stopping = during("%pg_sleep(60)%", url, lambda pid: server.stop("immediate"))
    error = failure(shop, url)
    stopping.join()
    assert error.problem == "the migration of shop to shop_0002 failed; its tables are at shop_0001 as before"
    assert error.cause
    assert error.cause.startswith(f"the database server at 127.0.0.1:{parse_url(url).url.port} went away (")
    assert error.cause.endswith("; when it is back, the tables are as before")
    assert error.remedy == "See that the server answers again, then run this again"
    with pytest.raises(DatabaseUnreachable, match="no PostgreSQL server answers"):
        upgrade(shop, url)
    server.start()
    works_again(shop, url, before)


def test_a_server_whose_backend_is_killed_and_that_recovers(shop: Shop, server: PostgresServer, url: str) -> None:
    before = state(url)
    shop.release_second(SLEEPS)
    killing = during("%pg_sleep(60)%", url, lambda pid: os.kill(pid, signal.SIGKILL))
    error = failure(shop, url)
    killing.join()
    assert error.cause
    assert "went away (" in error.cause
    until_it_recovered(url)
    works_again(shop, url, before)


def test_a_session_that_an_administrator_ends(shop: Shop, url: str) -> None:
    before = state(url)
    shop.release_second(SLEEPS)

    def terminate(pid: int) -> None:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])

    ending = during("%pg_sleep(60)%", url, terminate)
    error = failure(shop, url)
    ending.join()
    assert error.cause
    assert "ended the session (terminating connection due to administrator command)" in error.cause
    works_again(shop, url, before)


def test_a_server_that_goes_away_while_it_commits_leaves_a_doubt_and_no_half(
    shop: Shop, server: PostgresServer, url: str
) -> None:
    before = state(url)
    shop.release_second(WAITS_AT_COMMIT)
    stopping = during("COMMIT", url, lambda pid: server.stop("immediate"))
    error = failure(shop, url)
    stopping.join()
    assert "whether it was committed is not known" in error.problem
    assert error.cause
    assert error.cause.endswith("the tables are whole: as after, if the commit had arrived, else as before")
    server.start()
    works_again(shop, url, before)


def test_outside_a_transaction_it_is_not_promised_that_nothing_was_done(
    shop: Shop, server: PostgresServer, url: str
) -> None:
    revision = shop.package / "migrations" / "versions" / "shop_0002.py"
    revision.write_text(OUTSIDE.format(then="SELECT pg_sleep(60)"))
    stopping = during("%pg_sleep(60)%", url, lambda pid: server.stop("immediate"))
    error = failure(shop, url)
    stopping.join()
    assert error.cause
    assert error.cause.endswith("; when it is back, what was done is there, and running it again completes it")
    server.start()
    revision.write_text(OUTSIDE.format(then="SELECT 1"))
    assert upgrade(shop, url) == ("shop",)
    assert schema_revision(parse_url(url)) == "shop_0002"


def test_a_proxy_that_forwards_nothing_more_ends_the_migration_and_blocks_nobody(
    shop: Shop, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_watch, "SILENT_SECONDS", 3.0)
    before = state(url)
    shop.release_second(SLEEPS)
    with stalling_proxy(url) as proxy:
        stalling = during("%pg_sleep(60)%", url, lambda pid: proxy.stall())
        begun = time.monotonic()
        error = failure(shop, proxy.url)
        took = time.monotonic() - begun
        stalling.join()
        assert took < 12
        assert error.cause == (
            f"the database server at 127.0.0.1:{proxy.port} stopped answering: for 3 s neither a query nor a new "
            "connection was answered; when it is back, the tables are as before"
        )
        assert error.remedy == "See that the server and the network to it answer again, then run this again"
        proxy.flow()
        works_again(shop, proxy.url, before)


def until_it_recovered(url: str) -> None:
    """A server restarts all its sessions when one of them was killed."""
    deadline = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
