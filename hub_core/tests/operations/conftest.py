"""A hub with two modules that have data, on both databases."""

from pathlib import Path

import pytest

from hub_core.tests.operations.shop import Shop
from hub_core.tests.sample_modules import SampleModules


@pytest.fixture
def shop(tmp_path: Path, database_url: str, samples: SampleModules) -> Shop:
    return Shop(tmp_path, database_url, samples)
