"""The pytest plugin ``hub``: databases for the tests of the hub and of its modules.

It is loaded in every pytest run of an environment that has hub-core, so it imports nothing until a fixture is used.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hub_core.testing import asyncio_backend

if TYPE_CHECKING:
    from hub_core.testing.running_hub import RunningHub

DATABASES = ("sqlite", "postgresql")
PROPERTY = "hub_database"

_ran = pytest.StashKey["Counter[str]"]()


class _Counting:
    """Counts on which database each test ran; with xdist, in the process that reports."""

    def __init__(self, ran: Counter[str]) -> None:
        self._ran = ran

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._ran.update(str(value) for name, value in report.user_properties if name == PROPERTY)


def pytest_configure(config: pytest.Config) -> None:
    ran = config.stash[_ran] = Counter()
    config.pluginmanager.register(_Counting(ran), "hub-database-counts")
    config.pluginmanager.register(asyncio_backend, "hub-asyncio-backend")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server that runs until the session ends; ``HUB_TEST_POSTGRES_URL`` names one of your own."""
    from hub_core.testing.postgres_server import running_postgres

    with running_postgres() as url:
        yield url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a new, empty database: the test runs once on SQLite and once on PostgreSQL."""
    request.node.user_properties.append((PROPERTY, request.param))
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.db'}"
        return
    from hub_core.testing.postgres_server import create_database, drop_database

    server = request.getfixturevalue("postgres_server")
    url = create_database(server)
    yield url
    drop_database(server, url)


@pytest.fixture
def round_trips(database_url: str) -> "Callable[..., tuple[str, ...]]":
    """Take a module of this environment through its revisions, each with rows there and back, on each database in turn."""
    from functools import partial

    from hub_core.testing.round_trips import round_trips

    return partial(round_trips, database_url=database_url)


@pytest.fixture
def hub_module_settings() -> Mapping[str, Mapping[str, Any]]:
    """Settings by module name for the ``hub`` fixture; override it to try others."""
    return {}


@pytest.fixture
async def hub(
    database_url: str, tmp_path: Path, hub_module_settings: Mapping[str, Mapping[str, Any]]
) -> "AsyncIterator[RunningHub]":
    """A started hub in this process with every module of this environment, on each database in turn."""
    from hub_core.testing.running_hub import running_hub

    async with running_hub(tmp_path, database_url, hub_module_settings) as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ran = terminalreporter.config.stash[_ran]
    if ran:
        counts = ", ".join(f"{name} {ran[name]} tests" for name in DATABASES)
        terminalreporter.write_line(f"databases: {counts}")
