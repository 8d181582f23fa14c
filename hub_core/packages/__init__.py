"""Environments: what is installed for a hub, made beside what runs, verified, and switched to in one step.

The only room that runs pip or uv. Each environment has a lock (PEP 751) and is made of wheels that are kept by hash, so an
older one can be started, or made again, whatever an index says by then.
"""

from .adopting import adopted_lock
from .answers import normal_version
from .asked import (
    Asked,
    PackageChange,
    Resolved,
    ResolvedPackage,
    changes_between,
    changes_of,
    root_name,
    wheel_identity,
)
from .building import build
from .environments import CURRENT, Environment, Environments
from .exporting import Exported, export
from .failures import (
    BuildFailed,
    EnvironmentBroken,
    EnvironmentsBusy,
    EnvironmentTaken,
    EnvironmentUnfinished,
    IndexUnreachable,
    InstallerFailed,
    InstallerMissing,
    LockedWheelsMissing,
    LockInvalid,
    LockUnfit,
    NotRepackable,
    PackageNotFound,
    PackagesConflict,
    SourceMissing,
    WheelDamaged,
    WheelMissing,
)
from .fetching import fetch
from .installed import versions_here
from .intactness import damage
from .lock import Lock, LockedPackage, LockedWheel
from .lock_fetching import fetch_lock
from .lock_file import LOCK_FILE, lock_text, parsed_lock, read_lock, write_lock
from .occupancy import occupy
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
    "Exported",
    "IndexUnreachable",
    "InstallerFailed",
    "InstallerMissing",
    "Lock",
    "LockInvalid",
    "LockUnfit",
    "LockedPackage",
    "LockedWheel",
    "LockedWheelsMissing",
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
    "changes_of",
    "damage",
    "export",
    "fetch",
    "fetch_lock",
    "lock_text",
    "normal_version",
    "occupy",
    "parsed_lock",
    "read_lock",
    "requirement_lines",
    "resolve",
    "root_name",
    "versions_here",
    "wheel_identity",
    "workshop",
    "write_lock",
]
