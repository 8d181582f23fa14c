"""A hub with two modules that have data, on both databases, and a small disk for its backups."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_core.tests.operations.market import Market
from hub_core.tests.operations.shop import Shop
from hub_core.tests.sample_modules import SampleModules


@pytest.fixture
def shop(tmp_path: Path, database_url: str, samples: SampleModules) -> Shop:
    return Shop(tmp_path, database_url, samples)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of backups, on a disk of its own with 2 MB."""
    folder = tmp_path / ".hub" / "backups"
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk, and not in every container")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def market(tmp_path: Path, database_url: str, samples: SampleModules) -> Market:
    return Market(tmp_path, database_url, samples)
