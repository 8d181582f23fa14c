"""Everything that another machine needs to make an environment without an index, in one folder."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..disk_space import disk_full_told
from .durable import PART, take_in
from .lock import Lock
from .lock_fetching import fetch_lock
from .lock_file import write_lock
from .workshops import Workshop

HUB_LOCK: Final = "hub.lock"
CONSTRAINTS: Final = "constraints.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """``projects`` are installed editable, by name: their folders have to lie at the same place, seen from hub.lock."""

    folder: Path
    wheels: tuple[str, ...]
    projects: tuple[tuple[str, Path], ...]


def export(lock: Lock, folder: Path, at: Workshop, *, beside: Path) -> Exported:
    """Write every wheel of ``lock``, ``hub.lock`` and ``constraints.txt`` into ``folder``, which may be there already.

    :param beside: the folder that hub.lock shall lie in elsewhere; the ways to editable projects begin there.
    :raises LockedWheelsMissing: when one is neither in the store nor in the source.
    :raises DiskFull: when there is no space for them.
    """
    lock = fetch_lock(lock, at)
    wheels = []
    with disk_full_told(f"the wheels cannot be written to {folder}", folder):
        folder.mkdir(parents=True, exist_ok=True)
        for package in lock.packages:
            if package.project is None:
                at.store.check(package.wheel)
                part = folder / (package.wheel.filename + PART)
                shutil.copyfile(at.store.path(package.wheel), part)
                take_in(part, folder / package.wheel.filename)
                wheels.append(package.wheel.filename)
        pins = [f"{package.name}=={package.version}" for package in lock.packages if package.project is None]
        (folder / CONSTRAINTS).write_text("\n".join([*pins, ""]), encoding="utf-8")
        write_lock(lock, folder / HUB_LOCK, at.store.folder, beside=beside)
    projects = tuple((package.name, package.project) for package in lock.packages if package.project is not None)
    return Exported(folder=folder, wheels=tuple(wheels), projects=projects)
