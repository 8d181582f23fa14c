"""Make an environment aside: a new folder, exactly the wheels of a lock, compiled, verified, and only then complete.

Whatever happens before the last step, a kill included, leaves a folder that does not count. Nothing outside it is written,
so the environment that runs stays as it is, byte for byte.
"""

import os
import shutil
import tempfile
from pathlib import Path

from ..disk_space import disk_full_told
from .bytecode import share_bytecode
from .durable import make_durable
from .environments import Environment
from .failures import EnvironmentBroken
from .fitness import refuse_unfit
from .intactness import seal
from .lock import Lock
from .lock_file import LOCK_FILE, write_lock
from .new_venv import new_venv, site_packages
from .progress import Progress
from .verifying import faults_of
from .workshops import Workshop


def build(lock: Lock, at: Workshop, *, name: str = "") -> Environment:
    """A complete environment of a lock whose wheels are all in the store. Nothing is fetched.

    :param name: what it is called, by default the next number.
    :raises LockUnfit: when the lock was made for another Python or machine.
    :raises EnvironmentTaken: when there is one of that name, or it is no name.
    :raises WheelMissing, WheelDamaged: when the store has not what is locked.
    :raises InstallerFailed, EnvironmentBroken, DiskFull: when it does not become what it shall be; it is removed.
    """
    refuse_unfit(lock)
    name = name or at.environments.next_name()
    folder = at.environments.place_for(name)
    for package in lock.packages:
        at.store.check(package.wheel)
    try:
        with disk_full_told(f"environment {name} cannot be made", folder):
            _fill(folder, lock, at)
            _verify(folder, name, lock, at)
            seal(folder, site_packages(folder))
            os.sync()  # its files are on the disk before the file that says so
            write_lock(lock, folder / LOCK_FILE, at.store.folder)
            os.utime(folder / LOCK_FILE, (0, 0))  # never current yet: the first to go when there are too many
            make_durable(at.environments.folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Environment(name=name, folder=folder)


def _fill(folder: Path, lock: Lock, at: Workshop, *, fresh: bool = False) -> None:
    at.on_progress(Progress(stage="install", text=f"{len(lock.packages)} distributions"))
    python = new_venv(folder)
    if lock.packages:
        at.installer.install(lock, at.store, python, at.bench, fresh=fresh)
    for former in at.environments.all()[-2:]:
        share_bytecode(str(former.site_packages), str(site_packages(folder)))
    _compile(python, folder, at)
    at.on_progress(Progress(stage="install", done=1))


def _compile(python: Path, folder: Path, at: Workshop) -> None:
    """Write bytecode, so that what runs there later writes nothing; files that are no valid Python stay without.

    It holds no path of this environment, so that the next one may have it too; Python puts in where it finds the file.

    compileall ends with 1 for such a file as well as for a failure of its own; but then there is a traceback. Its helpers
    meet at a socket in the folder for temporary files, whose path must be short; where that fails, it works without them.
    """
    site = str(site_packages(folder))
    command = [str(python), "-I", "-m", "compileall", "-q", "-q", "-s", site, site]
    for jobs in ("0", "1"):
        ran = at.bench.run([*command, "-j", jobs], closed=True, handed={"TMPDIR": tempfile.gettempdir()})
        if ran.code == 0 or (ran.code == 1 and "Traceback" not in ran.output):
            return
    raise ran.told(f"{folder} could not be compiled", folder)


def _verify(folder: Path, name: str, lock: Lock, at: Workshop) -> None:
    """A file that somebody edited in one environment may be the same file in the tool's cache: then unpack all anew."""
    at.on_progress(Progress(stage="verify", text=name))
    if at.installer.links_from_cache and any(faults_of(site_packages(folder), lock)):
        shutil.rmtree(folder)
        _fill(folder, lock, at, fresh=True)
    if faults := tuple(faults_of(site_packages(folder), lock)):
        raise EnvironmentBroken(name, faults)
    at.on_progress(Progress(stage="verify", done=1))
