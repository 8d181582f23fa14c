"""The environments of a state folder: which there are, which is current, which may go.

``environments/<name>/`` is a virtual environment, built where it stays since none can be moved. It is complete from the
moment its ``pylock.toml`` is there, which is written last; nothing runs in one without, and it is removed.
``environments/current`` is a link that is replaced in one step. Start ``current/bin/hub``: its first line names the
environment itself, so a process stays in the one it was started from wherever the link leads later.
"""

import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .durable import link_whole, make_durable
from .failures import EnvironmentTaken, EnvironmentUnfinished, LockInvalid
from .lock import Lock
from .lock_file import LOCK_FILE, read_lock
from .new_venv import site_packages
from .occupancy import is_occupied
from .wheel_store import WheelStore

CURRENT: Final = "current"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_STARTED_IN: Final = Path(os.path.realpath(sys.prefix))
"""Where this process runs, looked up once: ``current`` may lead elsewhere by the time somebody asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A complete environment."""

    name: str
    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """Where its distributions lie."""
        return site_packages(self.folder)

    @property
    def lock(self) -> Lock:
        """What it is made of.

        :raises LockInvalid: when somebody changed the file.
        """
        return read_lock(self.folder / LOCK_FILE)

    @property
    def readable_lock(self) -> Lock | None:
        """The same; ``None`` when somebody changed the file or it is gone."""
        try:
            return self.lock
        except (LockInvalid, OSError):
            return None

    @property
    def bytes(self) -> int:
        """How much space its files take; one that has several names counts for its share."""
        sizes = 0
        for parent, _, files in os.walk(self.folder):
            for file in files:
                status = os.lstat(os.path.join(parent, file))  # noqa: PTH118 tens of thousands of files
                sizes += status.st_blocks * 512 // status.st_nlink
        return sizes


@dataclass(frozen=True, slots=True)
class Environments:
    """All in one state folder; a folder that is not there holds none."""

    state_folder: Path

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.state_folder / "environments"

    @property
    def wheels(self) -> Path:
        """Where their wheels lie."""
        return self.state_folder / "wheels"

    def current(self) -> Environment | None:
        """The one that what starts next runs in; ``None`` before the first switch."""
        try:
            return self.find(Path(self.folder / CURRENT).readlink().name)
        except OSError:
            return None

    def find(self, name: str) -> Environment | None:
        """A complete environment by name."""
        folder = self.folder / name
        complete = _NAME.fullmatch(name) and not folder.is_symlink() and (folder / LOCK_FILE).is_file()
        return Environment(name=name, folder=folder) if complete else None

    def all(self) -> tuple[Environment, ...]:
        """The complete ones; the one that was current last comes last, and those that never were come first."""
        found = [environment for name in self._names() if (environment := self.find(name))]
        return tuple(sorted(found, key=lambda each: ((each.folder / LOCK_FILE).stat().st_mtime_ns, each.name)))

    def never_current(self) -> tuple[str, ...]:
        """The names of those that were built and not switched to."""
        return tuple(each.name for each in self.all() if not (each.folder / LOCK_FILE).stat().st_mtime_ns)

    def having(self, digest: str) -> tuple[Environment, ...]:
        """Those whose lock has this digest, whatever they are called here: the current one first, then the latest."""
        found = [each for each in reversed(self.all()) if (lock := each.readable_lock) and lock.digest == digest]
        return tuple(sorted(found, key=lambda each: each != self.current()))

    def running_in(self) -> Environment | None:
        """The one this process runs in; ``None`` in a hand-made environment, or in one of another state folder."""
        inside = _STARTED_IN.parent == Path(os.path.realpath(self.folder))
        return self.find(_STARTED_IN.name) if inside else None

    def switch(self, name: str) -> Environment:
        """Make an environment the current one, in one step: before or after, never in between.

        :raises EnvironmentUnfinished: when there is no complete one of that name.
        """
        environment = self.find(name)
        if environment is None:
            raise EnvironmentUnfinished(name)
        os.utime(environment.folder / LOCK_FILE)
        link_whole(self.folder / CURRENT, name)
        return environment

    def place_for(self, name: str) -> Path:
        """The folder a new environment shall be built in.

        :raises EnvironmentTaken: when the name is none, or there is one already.
        """
        if not _NAME.fullmatch(name) or name in (CURRENT, f"{CURRENT}.new"):
            raise EnvironmentTaken(name, "a name has small letters, digits, '.', '_' and '-', and is not 'current'")
        if os.path.lexists(self.folder / name):
            raise EnvironmentTaken(name, "there is one of this name")
        return self.folder / name

    def next_name(self) -> str:
        """A number no environment has that is still there."""
        return str(max((int(name) for name in self._names() if name.isascii() and name.isdigit()), default=0) + 1)

    def remove_unfinished(self) -> tuple[str, ...]:
        """Remove what a build left that was killed. Only for who holds :func:`at_work`: who builds has one, too."""
        gone = tuple(name for name in self._names() if _NAME.fullmatch(name) and self.find(name) is None)
        for name in gone:
            shutil.rmtree(self.folder / name, ignore_errors=True)
        return gone

    def sweep(self, kept: int, in_use: Collection[str] = (), locks: Collection[Lock] = ()) -> tuple[str, ...]:
        """Remove the oldest environments and the wheels nobody needs any more; answers the names of the environments.

        The current one stays, those that a process runs in, and those ``in_use``. Only for who holds :func:`at_work`.

        :param kept: how many others stay, the ones that were current last.
        :param locks: other locks whose wheels stay.
        """
        unfinished = self.remove_unfinished()
        stays = {*in_use, *(each.name for each in (self.current(), self.running_in()) if each)}
        free = [each for each in self.all() if each.name not in stays and not is_occupied(each.folder)]
        old = free[: len(free) - kept] if kept else free
        for environment in old:
            self._remove(environment)
        WheelStore(self.wheels).sweep([*locks, *filter(None, (each.readable_lock for each in self.all()))])
        return (*unfinished, *(each.name for each in old))

    def discard(self, name: str) -> None:
        """Remove one that nothing runs in, or that is about to end; the current one stays."""
        environment = self.find(name)
        if environment is not None and environment != self.current():
            self._remove(environment)

    def _remove(self, environment: Environment) -> None:
        """What counts as complete goes first and durably, so that a kill in between leaves an unfinished one."""
        (environment.folder / LOCK_FILE).unlink()
        make_durable(environment.folder)
        shutil.rmtree(environment.folder, ignore_errors=True)

    def _names(self) -> Iterator[str]:
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if entry.is_dir(follow_symlinks=False):
                    yield entry.name
