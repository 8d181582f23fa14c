"""Environments: what is installed for a hub, made beside what runs, verified, and switched to in one step.

The only room that runs pip or uv. Each environment has a lock (PEP 751) and is made of wheels that are kept by hash, so an
older one can be started, or made again, whatever an index says by then.
"""

from .adopting import adopted_lock
from .answers import normal_version
from .asked import Asked, PackageChange, Resolved, ResolvedPackage, changes_between, root_name, wheel_identity
from .building import build
from .environments import CURRENT, Environment, Environments
from .failures import (
    BuildFailed,
    EnvironmentBroken,
    EnvironmentsBusy,
    EnvironmentTaken,
    EnvironmentUnfinished,
    IndexUnreachable,
    InstallerFailed,
    InstallerMissing,
    LockInvalid,
    LockUnfit,
    NotRepackable,
    PackageNotFound,
    PackagesConflict,
    SourceMissing,
    WheelDamaged,
    WheelMissing,
)
from .fetching import fetch, fetch_lock
from .lock import Lock, LockedPackage, LockedWheel
from .lock_file import LOCK_FILE, read_lock, write_lock
from .progress import OnProgress, Progress, Stage
from .rehearsal import Rehearsal, Rehearsed, Release
from .resolving import requirement_lines, resolve
from .sources import Sources
from .wheel_store import WheelStore
from .workshops import Workshop, workshop

__all__ = [
    "CURRENT",
    "LOCK_FILE",
    "Asked",
    "BuildFailed",
    "Environment",
    "EnvironmentBroken",
    "EnvironmentTaken",
    "EnvironmentUnfinished",
    "Environments",
    "EnvironmentsBusy",
    "IndexUnreachable",
    "InstallerFailed",
    "InstallerMissing",
    "Lock",
    "LockInvalid",
    "LockUnfit",
    "LockedPackage",
    "LockedWheel",
    "NotRepackable",
    "OnProgress",
    "PackageChange",
    "PackageNotFound",
    "PackagesConflict",
    "Progress",
    "Rehearsal",
    "Rehearsed",
    "Release",
    "Resolved",
    "ResolvedPackage",
    "SourceMissing",
    "Sources",
    "Stage",
    "WheelDamaged",
    "WheelMissing",
    "WheelStore",
    "Workshop",
    "adopted_lock",
    "build",
    "changes_between",
    "fetch",
    "fetch_lock",
    "normal_version",
    "read_lock",
    "requirement_lines",
    "resolve",
    "root_name",
    "wheel_identity",
    "workshop",
    "write_lock",
]
