"""The wheels that the source has of the very releases that are installed, so that a lock names what others can fetch too.

Only a wait is at stake: what the source does not offer, or offers with other content, is made again from what is installed.
"""

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from ..errors import HubError
from .asked import wheel_identity
from .failures import PackageNotFound
from .installed import Installed
from .workshops import Workshop

Offer = Mapping[tuple[str, str], tuple[Path, ...]]
"""Wheels by normalised name and version; the best for this machine first."""


def offered(found: Iterable[Installed], at: Workshop) -> Offer:
    """What the source offers; an index is not asked for what was installed from a file or a checkout."""
    wanted = {each.name: each.version for each in found if each.project is None and not each.from_file}
    if at.sources.wheelhouse is not None:
        return _in_folder(at.sources.wheelhouse)
    into = at.bench.aside()
    while wanted:
        pins = tuple(f"{name}=={version}" for name, version in sorted(wanted.items()))
        try:
            at.installer.download_releases(pins, into, at.bench)
        except PackageNotFound as error:
            name = error.requirement.partition("==")[0]
            if wanted.pop(name, None) is None:
                break
        except HubError:
            break  # an index that is away, a disk that is full: the rest of the work says so where it matters
        else:
            return _in_folder(into)
    return {}


def _in_folder(folder: Path) -> Offer:
    ranks = {tag: rank for rank, tag in enumerate(sys_tags())}
    rated: dict[tuple[str, str], list[tuple[int, Path]]] = {}
    for file in sorted(folder.glob("*.whl")):
        identity = wheel_identity(file.name)
        try:
            rank = min((ranks[tag] for tag in parse_wheel_filename(file.name)[3] if tag in ranks), default=None)
        except InvalidWheelFilename:
            continue
        if identity is not None and rank is not None:
            rated.setdefault(identity, []).append((rank, file))
    return {release: tuple(file for _, file in sorted(files)) for release, files in rated.items()}


def is_same_release(one: Path, other: Path) -> bool:
    """Whether two wheels install the same files; when they were packed, and by whom, does not matter."""
    try:
        return _content(one) == _content(other)
    except (OSError, zipfile.BadZipFile):
        return False


def _content(wheel: Path) -> Mapping[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith(("/", ".dist-info/RECORD"))]
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names}
