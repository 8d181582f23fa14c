"""The wheels of these proofs, built once, and each scenario ready on each database."""

import sysconfig
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from hub_core.tests.kill.databases import Store
from hub_core.tests.kill.environments.scenario import HUB, LIBRARY, RELEASES, EnvironmentScenario
from hub_core.tests.kill.environments.stage import EnvironmentStage, Shelves, environment_staged
from hub_core.tests.kill.environments.wheels import later_hub_wheel, later_library_wheel, library_wheels, module_wheel

SHELVES = (
    ("witness", "first"),
    ("witness", "first", LIBRARY),
    ("witness", "first", HUB),
    ("witness", "first", "second"),
    ("witness", "first", "patched"),
    ("witness", "first", "reversible"),
    ("witness", "first", "unwell"),
    ("witness", "first", "mended"),
)


class EnvironmentStaged(Protocol):
    """Prepares a scenario: ``with environment_stage(UPGRADING) as ready:``."""

    def __call__(self, scenario: EnvironmentScenario) -> AbstractContextManager[EnvironmentStage]:
        """See ``stage.py``."""
        ...


@pytest.fixture(scope="session")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelves]:
    """A wheelhouse for each set of releases that is on the shelf at a time."""
    folder = tmp_path_factory.mktemp("shelves")
    library_wheels(folder / "libraries", folder / "shared")
    for name, (module, version, files) in RELEASES.items():
        (folder / name).mkdir()
        module_wheel(folder / name, folder / "projects" / name, module, version, files)
    (folder / LIBRARY).mkdir()
    later_library_wheel(folder / LIBRARY, folder / "shared", LIBRARY)
    (folder / HUB).mkdir()
    later_hub_wheel(folder / HUB, folder / "later")
    for releases in SHELVES:
        wheelhouse = folder / "-".join(releases)
        wheelhouse.mkdir()
        for wheel in (wheel for each in ("libraries", *releases) for wheel in (folder / each).glob("*.whl")):
            (wheelhouse / wheel.name).hardlink_to(wheel)
    programs = folder / "programs"
    programs.mkdir()
    (programs / "uv").symlink_to(Path(sysconfig.get_path("scripts")) / "uv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", str(folder / "cache"))
        yield Shelves(folder=folder, cache=folder / "cache", programs=programs)


@pytest.fixture
def environment_stage(store: Store, shelves: Shelves, tmp_path: Path) -> EnvironmentStaged:
    """Prepare a scenario on the database of this test."""
    return partial(environment_staged, store=store, shelves=shelves, folder=tmp_path / "stage")
