"""Statements per request, counted at the drivers in the serving process, on SQLite and PostgreSQL."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.applications import guarded_path, open_path
from benchmarks.processes import hub_command, request_for, serving
from benchmarks.sites import Site, Sites
from benchmarks.timing import print_ratio
from hub_core.testing.postgres_server import create_database, drop_database, running_postgres

REQUESTS = 500


async def querying(sites: Sites) -> None:
    """A thousand modules on each database."""
    site = sites[sites.sizes(1, 1000)[-1]]
    await _counted("SQLite", site, "")
    with running_postgres() as server, _database(server) as url:
        await _counted("PostgreSQL", await asyncio.to_thread(_prepared, site, url), url)


@contextmanager
def _database(server: str) -> Iterator[str]:
    url = create_database(server)
    yield url
    drop_database(server, url)


def _prepared(site: Site, url: str) -> Site:
    """The same modules on another database; nothing has to be probed for that."""
    environment = {**site.variables, "HUB_DATABASE_URL": url}
    command = (*hub_command("up"), "--json", "--port", "0")
    with subprocess.Popen(
        command, cwd=site.home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        report = json.loads(process.stdout.readline())
        process.terminate()
    assert not report["errors"], report["errors"]
    return Site(count=site.count, packages=site.packages, home=site.home, token=report["token"])


async def _counted(kind: str, site: Site, url: str) -> None:
    number = site.count - 1
    cases = {
        "an open route": (request_for(open_path(number)), 200),
        "a guarded route with a token": (request_for(guarded_path(number), site.token), 200),
        "a guarded route without, 401": (request_for(guarded_path(number)), 401),
        "an unknown module, 404": (request_for("/api/v1/nothing/items/7"), 404),
        "/openapi.json": (request_for("/openapi.json"), 200),
    }
    command = (sys.executable, "-P", "-m", "benchmarks.counting", "serve")
    title = f"Statements per request, {site.count} modules, {kind}"
    with TemporaryDirectory(prefix="hub-bench-") as folder:
        file = Path(folder, "statements")
        variables = {"BENCH_STATEMENTS": str(file), **({"HUB_DATABASE_URL": url} if url else {})}
        async with serving(command, site, **variables) as server:
            connection = await server.connection()
            await connection.get(request_for("/health/live"))
            print(f"\n{title}, {REQUESTS} requests each; the start took {len(_lines(file, 0))} statements")
            for name, (request, status) in cases.items():
                begin, started = _size(file), time.perf_counter()
                for _ in range(REQUESTS):
                    await connection.get(request, status)
                _print(title, name, _lines(file, begin), time.perf_counter() - started)
            connection.writer.close()


def _size(file: Path) -> int:
    return file.stat().st_size


def _lines(file: Path, begin: int) -> list[str]:
    return file.read_bytes()[begin:].decode().splitlines()


def _print(title: str, name: str, statements: list[str], seconds: float) -> None:
    print_ratio(title, f"{name}, in {seconds:.1f} s", len(statements) / REQUESTS, "goal ≤ 0")
    for text, times in Counter(statements).most_common(5):
        print(f"    {times} times {text}")
