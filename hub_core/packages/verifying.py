"""Hold an environment against its lock: every file, every version, nothing besides, and all requirements met."""

import os
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ..catalog import Unreadable, differing_files
from ..manifest import TextInvalid, read_requirement
from .failures import NotRepackable
from .installed import Installed, installed_in
from .lock import Lock


def faults_of(site: Path, lock: Lock) -> Iterator[str]:
    """What is not as ``lock`` says in a folder of distributions that was filled from it, each in a sentence."""
    try:
        found = installed_in(site)
    except NotRepackable as error:
        yield error.cause or str(error)
        return
    yield from _versions(found, lock)
    yield from _files(site, found)
    yield from _requirements(found)


def _versions(found: tuple[Installed, ...], lock: Lock) -> Iterator[str]:
    there = {each.name: each.version for each in found}
    locked = {name: package.version for name, package in lock.by_name.items()}
    for name in sorted(there.keys() | locked.keys()):
        if name not in there:
            yield f"{name} {locked[name]} is locked and not there"
        elif name not in locked:
            yield f"{name} {there[name]} is there and not locked"
        elif not _same(there[name], locked[name]):
            yield f"{name} {there[name]} is there, and {locked[name]} is locked"


def _files(site: Path, found: tuple[Installed, ...]) -> Iterator[str]:
    """One fault per distribution, and each file that belongs to none."""
    recorded = set[str]()
    for each in found:
        try:
            recorded.update(os.path.normpath(name) for name in each.files.record)
            edited = next(differing_files(each.files), None)
        except Unreadable as error:
            yield str(error)
            continue
        if edited is not None:
            path = os.path.normpath(edited)
            is_there = os.path.lexists(path)
            yield (
                f"{path} is not the file that {each.name} brought"
                if is_there
                else f"{path} is gone, which {each.name} brought"
            )
    for parent, folders, files in os.walk(site):
        folders[:] = [folder for folder in folders if folder != "__pycache__"]
        for file in files:
            name = os.path.relpath(os.path.join(parent, file), site)  # noqa: PTH118 tens of thousands of files
            if name not in recorded:
                yield f"{site / name} belongs to no distribution"


def _requirements(found: tuple[Installed, ...]) -> Iterator[str]:
    """As ``pip check``: requirements under an extra do not count."""
    there = {each.name: each.version for each in found}
    for each in found:
        for text in each.requires:
            requirement = _read(text)
            if requirement is None or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
                continue
            version = there.get(canonicalize_name(requirement.name))
            if version is None:
                yield f"{each.name} {each.version} needs {requirement.name}, which is not there"
            elif not requirement.specifier.contains(version, prereleases=True):
                yield f"{each.name} {each.version} needs {requirement.name}{requirement.specifier}, and {version} is there"


def _read(text: str) -> Requirement | None:
    """``None`` for what nobody can read: pip passes over it as well."""
    try:
        return read_requirement(text)
    except TextInvalid:
        return None


def _same(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other
