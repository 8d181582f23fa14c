"""Bring what a lock names into the store, as on a machine that has nothing yet; by version and hash alone.

A wheelhouse is looked into directly: the name of the file and its hash say all, so no tool is asked, and every wheel that
is nowhere is named at once.
"""

from pathlib import Path

from .asked import Resolved, ResolvedPackage
from .failures import IndexUnreachable, LockedWheelsMissing, PackageNotFound, WheelDamaged
from .fetching import fetch
from .fitness import refuse_unfit
from .lock import Lock, LockedPackage
from .wheel_store import WheelStore, file_hash
from .workshops import Workshop


def fetch_lock(lock: Lock, at: Workshop) -> Lock:
    """The lock as it holds here, with all its wheels in the store.

    The wheel that stands for an editable project is made again where it is missing.

    :raises LockUnfit: when the lock was made for another Python or machine.
    :raises LockedWheelsMissing: naming the wheels that are neither in the store nor in the source.
    :raises BuildFailed, InstallerFailed, DiskFull: as :func:`fetch`.
    """
    refuse_unfit(lock)
    missing = [each for each in lock.packages if each.project is None and not at.store.has(each.wheel)]
    if missing and at.sources.wheelhouse is not None:
        _take(missing, at.sources.wheelhouse, at.store)
    packages = tuple(
        ResolvedPackage(name=package.name, version=package.version, kept=package) for package in lock.packages
    )
    try:
        return fetch(Resolved(packages=packages, roots=lock.roots, python=lock.python), at)
    except (IndexUnreachable, PackageNotFound, WheelDamaged) as error:
        raise LockedWheelsMissing(_named(missing, error), str(at.sources), _told(error)) from error


def _take(missing: list[LockedPackage], wheelhouse: Path, store: WheelStore) -> None:
    """:raises LockedWheelsMissing: when it has not all of them, or has one with other content."""
    lacking, others = [], []
    for package in missing:
        file = wheelhouse / package.wheel.filename
        if not file.is_file():
            lacking.append(package.wheel.filename)
        elif file_hash(file) != package.wheel.sha256:
            lacking.append(package.wheel.filename)
            others.append(file.name)
        else:
            store.add(file, package.wheel.sha256)
    if lacking:
        cause = f"it has {', '.join(others)} with other content" if others else None
        raise LockedWheelsMissing(lacking, f"the wheelhouse {wheelhouse}", cause)


def _named(missing: list[LockedPackage], error: IndexUnreachable | PackageNotFound | WheelDamaged) -> list[str]:
    """The wheels that an error is about; all that are missing, where it does not say."""
    match error:
        case WheelDamaged():
            told = [each.wheel.filename for each in missing if each.wheel.sha256 == error.expected]
        case PackageNotFound():
            told = [each.wheel.filename for each in missing if error.requirement.startswith(f"{each.name}==")]
        case _:
            told = []
    return told or [each.wheel.filename for each in missing]


def _told(error: IndexUnreachable | PackageNotFound | WheelDamaged) -> str:
    if isinstance(error, WheelDamaged):
        return f"it has another file of that name: its SHA-256 is {error.found}, locked is {error.expected}"
    return f"{error.problem}: {error.cause}" if error.cause else error.problem
