"""Whether the files of a module are still those that were found: replaced ones are never mixed with what runs."""

import hashlib
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from .fingerprint import folder_hash, record_hash
from .found import FoundModule
from .metadata import InstalledDistribution, distribution_folders
from .reading import Reader, Unreadable

_ALGORITHMS: Final = hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}
_LARGEST_FILE: Final = 256 * 2**20
_IMPORTABLE: Final = tuple(all_suffixes())


def change_since(module: FoundModule) -> str | None:
    """What is not as it was when ``module`` was found, in words; ``None`` when all of it is."""
    try:
        if module.editable:
            return None if folder_hash(module.folder) == module.hash else f"{module.folder} was edited"
        installed = _installed(module)
        if installed is None:
            return f"{module.distribution} is not installed any more"
        if not (now := record_hash(installed.record)):
            return None if folder_hash(module.folder) == module.hash else f"{module.folder} was edited"
        if now != module.hash:
            return f"another build of {module.distribution} was installed"
    except (Unreadable, OSError) as error:
        return str(error)
    return None


def edited_file(module: FoundModule) -> str | None:
    """The first file of ``module`` that is not the one that was installed, or was added to its code; reads each of them.

    Checkouts are not policed.
    """
    installed = None if module.editable else _installed(module)
    return (changed_file(module, installed) or _added_file(module, installed)) if installed is not None else None


def _installed(module: FoundModule) -> InstalledDistribution | None:
    site = str(module.folder.parents[module.package.count(".")])
    # looked at by its usual name first: to list a folder for each of a thousand modules takes a thousand times as long
    usual = f"{module.distribution.replace('-', '_')}-{module.version}.dist-info"
    if Path(site, usual).is_dir():
        return InstalledDistribution(site, usual)
    for info in distribution_folders(site):
        if canonicalize_name(info.partition("-")[0]) == module.distribution:
            return InstalledDistribution(site, info)
    return None


def changed_file(module: FoundModule, installed: InstalledDistribution) -> str | None:
    """The first file of the package that is not as RECORD has it; RECORD itself when it cannot be read any more."""
    try:
        return next(differing_files(installed, module.package.replace(".", "/") + "/"), None)
    except Unreadable:
        return f"{installed.info}/RECORD"


def differing_files(installed: InstalledDistribution, inside: str = "") -> Iterator[str]:
    """The files whose name in RECORD begins with ``inside`` and that are not as it has them, or gone; reads each of them.

    :raises Unreadable: when RECORD itself cannot be read.
    """
    for name, rest in sorted(installed.record.items()):
        algorithm, _, digest = rest.partition(",")[0].partition("=")
        if not name.startswith(inside) or algorithm not in _ALGORITHMS:
            continue
        file = f"{installed.site}/{name}"
        try:
            content = Reader().read(file, _LARGEST_FILE)
        except Unreadable:
            yield file
            continue
        if content is None or _digest(algorithm, content) != digest.rstrip("="):
            yield file


def _added_file(module: FoundModule, installed: InstalledDistribution) -> str | None:
    """The first file that Python could import from the package and no distribution brought, where RECORD vouches for files."""
    inside = module.package.replace(".", "/") + "/"
    record = installed.record
    if not any(name.startswith(inside) and rest.partition(",")[0] for name, rest in record.items()):
        return None
    try:
        added = sorted(name for name in _importable(installed.site, inside) if name not in record)
    except OSError as error:
        return str(error)
    if added:
        brought = set(_brought_by_others(installed))  # such as an extension of it that installs into its folder
        added = [name for name in added if name not in brought]
    return f"{installed.site}/{added[0]}" if added else None


def _importable(site: str, inside: str) -> Iterator[str]:
    """The names, as RECORD has them, of all that could be imported; ``__pycache__`` belongs to files that are looked at."""
    folders, seen = [inside], set[tuple[int, int]]()
    while folders:
        folder = folders.pop()
        status = Path(site, folder).stat()
        if (status.st_dev, status.st_ino) in seen:  # a link that leads back up
            continue
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(f"{site}/{folder}") as entries:
            for entry in entries:
                if entry.name.endswith(_IMPORTABLE):
                    yield folder + entry.name
                elif entry.name != "__pycache__" and entry.is_dir():
                    folders.append(f"{folder}{entry.name}/")


def _brought_by_others(installed: InstalledDistribution) -> Iterator[str]:
    for info in distribution_folders(installed.site):
        with suppress(Unreadable):
            yield from InstalledDistribution(installed.site, info).record


def _digest(algorithm: str, content: bytes) -> str:
    return urlsafe_b64encode(hashlib.new(algorithm, content).digest()).decode().rstrip("=")
