"""Where environments are made: holds the lock, knows the source and the tool, and leaves nothing lying about."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..disk_space import disk_full_told
from ..settings import HubSettings
from .at_work import at_work
from .bench import Bench
from .environments import Environments
from .failures import InstallerMissing
from .installer import Installer
from .pip import find_pip
from .progress import OnProgress, ignored
from .sources import Sources
from .uv import Uv, find_uv
from .wheel_store import WheelStore

_TEMPORARY: Final = "packages.tmp"
_TOOLS: Final = "tools"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """One per state folder at a time."""

    installer: Installer
    bench: Bench
    store: WheelStore
    environments: Environments
    on_progress: OnProgress = ignored

    @property
    def sources(self) -> Sources:
        """Where wheels come from."""
        return self.bench.sources


@contextmanager
def workshop(settings: HubSettings, *, on_progress: OnProgress = ignored) -> Iterator[Workshop]:
    """Open the workshop of a state folder for the length of the block; what was left half made is removed first.

    :raises EnvironmentsBusy: when another process is in it for longer than ``lock_seconds``.
    :raises InstallerMissing: when there is no tool to install with.
    :raises SourceMissing: when the wheelhouse is not there.
    :raises DiskFull: when not even a folder can be made.
    """
    state = settings.state_folder
    sources = Sources.of(settings)
    sources.check()
    environments = Environments(state)
    temporary = state / _TEMPORARY
    with (
        disk_full_told(f"{state} cannot be written", state),
        at_work(environments.folder, settings.lock_seconds) as held,
    ):
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True, exist_ok=True)
        environments.remove_unfinished()
        try:
            yield Workshop(
                installer=_installer(settings, state / _TOOLS),
                bench=Bench(temporary=temporary, held=held, sources=sources),
                store=WheelStore(environments.wheels),
                environments=environments,
                on_progress=on_progress,
            )
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _installer(settings: HubSettings, tools: Path) -> Installer:
    program = find_uv() if settings.installer != "pip" else None
    if program:
        return Uv(program=os.path.abspath(program), tools=tools)  # noqa: PTH100 a link stays one: it may be an environment's
    if settings.installer == "uv":
        raise InstallerMissing("uv")
    return find_pip(tools)
