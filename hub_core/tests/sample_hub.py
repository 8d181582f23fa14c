"""A hub for tests in which data is not the point: on SQLite, with the modules of the test only, shared by a whole file."""

import importlib
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hub_core.testing.running_hub import RunningHub, running_hub
from hub_core.tests.sample_modules import SampleModules


@dataclass(frozen=True)
class Sample:
    """What :meth:`SampleModules.install` takes."""

    files: Mapping[str, str] = field(default_factory=dict)
    manifest: str = ""
    requires: tuple[str, ...] = ()


@asynccontextmanager
async def sample_hub(
    folder: Path,
    modules: Mapping[str, Sample],
    *,
    also: tuple[str, ...] = (),
    hub_table: str = "",
    preload: bool = True,
) -> AsyncIterator[RunningHub]:
    """Install ``modules`` into a new folder below ``folder`` and run a hub with them, with ``also``, and no others."""
    samples = SampleModules(folder / "site")
    samples.site.mkdir()
    sys.path.insert(0, str(samples.site))
    importlib.invalidate_caches()
    try:
        for name, sample in modules.items():
            samples.install(name, sample.files, manifest=sample.manifest, requires=sample.requires)
        only(folder, *modules, *also, hub_table=hub_table)
        async with running_hub(folder, f"sqlite:///{folder / 'hub.db'}", {}, preload=preload) as running:
            yield running
    finally:
        samples.forget()
        sys.path.remove(str(samples.site))


def only(folder: Path, *modules: str, hub_table: str = "") -> None:
    """Write the hub.toml of a hub that brings up ``modules`` and none of the others in this environment."""
    enabled = "".join(f"[modules.{name}]\nenabled = true\n" for name in modules)
    (folder / "hub.toml").write_text(f"[hub]\n{hub_table}\n{enabled}")
