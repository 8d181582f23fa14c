"""A hub on SQLite alone, for tests in which data is not the point."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub_core.testing.running_hub import RunningHub, running_hub
from hub_core.tests.sample_modules import SampleModules


@pytest.fixture
async def sqlite_hub(samples: SampleModules, tmp_path: Path) -> AsyncIterator[RunningHub]:
    """A started hub with the sample modules of the test, on SQLite only."""
    async with running_hub(tmp_path, f"sqlite:///{tmp_path / 'hub.db'}", {}) as running:
        yield running
