"""A lock held elsewhere ends a migration in time: the holder is named, and the old version keeps serving."""

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from hub_core.tests.sample_modules import SampleModules

from .shop_releases import Shop, answers_until_ended, state

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE shop_item SET id = 8")
print("holds", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(url: str) -> Iterator[str]:
    """Somebody else has a transaction open that read and changed the table; answers how this one must be named."""
    if url.startswith("postgresql"):
        with psycopg.connect(url, application_name="psql") as other:
            other.execute("UPDATE shop_item SET id = 8")
            yield rf"pid {other.info.backend_pid} \(psql, role \w+, from 127\.0\.0\.1\) idle after UPDATE"
            other.rollback()
        return
    path = url.removeprefix("sqlite:///")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other_process:
        assert other_process.stdout
        other_process.stdout.readline()
        yield rf"pid {other_process.pid} \({re.escape(Path(sys.executable).name)}\)"
        other_process.kill()


async def test_the_holder_is_named_and_the_old_version_serves_meanwhile_and_afterwards(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    shop = Shop(samples, tmp_path)
    async with shop.old_hub(database_url) as client:
        assert (await client.get("/api/v1/shop/items")).json() == [7]
        before = state(database_url)
        shop.release_second()
        with held(database_url) as holder:
            begun = time.monotonic()
            process = shop.migrate(database_url)
            took = await answers_until_ended(client, process, "/api/v1/shop/open")
            lasted = time.monotonic() - begun
            said = process.communicate()[0]
            assert (await client.get("/api/v1/shop/items")).json() == [7]
        assert process.returncode == 1, said
        assert re.search(rf"locked by {holder}", said), said
        assert 10 <= lasted < 60, "lock_timeout is 10 s"
        assert len(took) > 50
        assert max(took) < 2
        assert state(database_url) == before
        assert (await client.get("/api/v1/shop/items")).json() == [7]

        process = shop.migrate(database_url)
        said = process.communicate()[0]
        assert process.returncode == 0, said
        assert state(database_url)["shop_item"][-1] == "(7, 5)"
        assert (await client.get("/api/v1/shop/items")).json() == [7]


async def test_requests_that_need_the_table_wait_no_longer_than_one_attempt(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    """On PostgreSQL whoever wants the table queues behind the migration, which gives up and tries again."""
    shop = Shop(samples, tmp_path)
    async with shop.old_hub(database_url) as client:
        shop.release_second()
        with held(database_url):
            process = shop.migrate(database_url)
            took = await answers_until_ended(client, process, "/api/v1/shop/items")
            process.communicate()
        assert process.returncode == 1
        assert max(took) < 5, "an attempt is 2 s"


def test_sqlite_readers_see_the_old_rows_while_the_file_is_locked(tmp_path: Path) -> None:
    """What the test above relies on, of SQLite itself."""
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("CREATE TABLE shop_item AS SELECT 7 AS id")
    file.close()
    with held(f"sqlite:///{path}"):
        reader = sqlite3.connect(path)
        assert reader.execute("SELECT id FROM shop_item").fetchall() == [(7,)]
        reader.close()
