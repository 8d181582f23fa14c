"""The warm helper, and each scenario ready on each database."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from hub_core.tests.kill.children import Helper, helper
from hub_core.tests.kill.databases import PostgresStore, SqliteStore, Store
from hub_core.tests.kill.scenario import Scenario
from hub_core.tests.kill.stage import Stage, staged

ALL = os.environ.get("HUB_TEST_KILLS") == "all"
"""Whether every kill is tried; otherwise a sample that fits into every run."""

EVERY = int(os.environ.get("HUB_TEST_KILL_EVERY", "1"))
"""With ``all``: only each so many, where time is short."""


class Staged(Protocol):
    """Prepares a scenario: ``with stage(UPGRADE) as ready:``."""

    def __call__(self, scenario: Scenario, *, rehearse: bool = True) -> AbstractContextManager[Stage]:
        """See ``stage.py``."""
        ...


@pytest.fixture(scope="session")
def warm() -> Iterator[Helper]:
    """One warm process for the run."""
    with helper() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each kind of database in turn."""
    request.node.user_properties.append(("hub_database", request.param))
    if request.param == "sqlite":
        return SqliteStore(tmp_path)
    return PostgresStore(request.getfixturevalue("postgres_server"))


@pytest.fixture
def stage(store: Store, warm: Helper, tmp_path: Path) -> Staged:
    """Prepare a scenario on the database of this test."""
    return partial(staged, store=store, helper=warm, folder=tmp_path / "stage")
