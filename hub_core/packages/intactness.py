"""Whether an environment is still what was built: a glance at names, sizes and times first, and all content only where those moved."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from .durable import write_whole
from .environments import Environment
from .failures import LockInvalid
from .verifying import faults_of

_SEAL: Final = "verified"


def damage(environment: Environment) -> tuple[str, ...]:
    """What is not as it was built, each in a sentence; empty for an environment that is whole."""
    if not os.access(environment.python, os.X_OK):
        return (f"its interpreter {environment.python} cannot be started",)
    try:
        lock = environment.lock
    except (LockInvalid, OSError) as error:
        return (str(error).partition("\n")[0],)
    site = environment.folder / "lib" / f"python{lock.python}" / "site-packages"
    if not site.is_dir():
        return (f"{site} is gone",)
    glance = _glance(site)
    if _sealed(environment.folder) == glance:
        return ()
    faults = tuple(faults_of(site, lock))
    if not faults:
        with suppress(OSError):  # it is only looked at more often then
            write_whole(environment.folder / _SEAL, glance.encode())
    return faults


def seal(folder: Path, site: Path) -> None:
    """Note how a verified environment looks."""
    write_whole(folder / _SEAL, _glance(site).encode())


def _sealed(folder: Path) -> str:
    try:
        return (folder / _SEAL).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _glance(site: Path) -> str:
    """A hash over the name, size and time of every file but for bytecode; tens of thousands take a tenth of a second."""
    return hashlib.sha256("\n".join(sorted(_rows(str(site), ""))).encode(errors="surrogateescape")).hexdigest()


def _rows(folder: str, inside: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _rows(entry.path, f"{inside}{entry.name}/")
                continue
            status = entry.stat(follow_symlinks=False)
            yield f"{inside}{entry.name} {status.st_size} {status.st_mtime_ns}"
