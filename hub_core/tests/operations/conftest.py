"""A hub with two modules that have data, on both databases, and a small disk for its backups."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_core.testing.postgres_server import create_database, drop_database
from hub_core.tests.operations.changing import Changing
from hub_core.tests.operations.home import Home, new_home
from hub_core.tests.operations.house import house
from hub_core.tests.operations.market import Market
from hub_core.tests.operations.shop import Shop
from hub_core.tests.sample_modules import SampleModules
from hub_core.tests.small_volume import small_volume

__all__ = ["house"]


@pytest.fixture
def shop(tmp_path: Path, database_url: str, samples: SampleModules) -> Shop:
    return Shop(tmp_path, database_url, samples)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of backups, on a disk of its own with 2 MB."""
    (tmp_path / ".hub").mkdir()
    with small_volume(tmp_path / ".hub" / "backups", 2) as volume:
        yield volume.folder


@pytest.fixture
def market(tmp_path: Path, database_url: str, samples: SampleModules) -> Market:
    return Market(tmp_path, database_url, samples)


@pytest.fixture
def changing(tmp_path: Path, database_url: str, samples: SampleModules) -> Changing:
    return Changing(tmp_path, database_url, samples)


@pytest.fixture
def other_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """A new database of the kind that ``database_url`` is not."""
    if not database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    url = create_database(server)
    yield url
    drop_database(server, url)


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Home:
    return new_home(tmp_path / "hub", database_url)
