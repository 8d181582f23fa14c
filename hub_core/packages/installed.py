"""The distributions of one folder, read as the catalog reads them, with what an installer noted beside each."""

import json
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from ..catalog import InstalledDistribution, Unreadable, distribution_folders
from .answers import local_path, normal_version
from .failures import NotRepackable


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One distribution. ``project`` is the folder of one that is installed editable; ``requested`` that somebody named it.

    ``from_file``: whether somebody named a file, a folder or a repository, and not a release (PEP 610).
    """

    name: str
    version: str
    requires: tuple[str, ...]
    site: Path
    info: Path
    project: Path | None
    requested: bool
    from_file: bool
    files: InstalledDistribution

    @property
    def release(self) -> tuple[str, str]:
        """Name and version, as the filename of a wheel says them."""
        return self.name, normal_version(self.version)


def installed_in(site: Path) -> tuple[Installed, ...]:
    """All in a folder, by name.

    :raises NotRepackable: for one whose metadata cannot be read: what it is, nobody can say.
    """
    return tuple(sorted((_read(site, info) for info in distribution_folders(str(site))), key=lambda each: each.name))


def versions_here() -> dict[str, str]:
    """What is installed in the environment this process runs in, by normalised name; without what cannot be read."""
    site = Path(sysconfig.get_path("purelib"))
    found = {}
    for info in distribution_folders(str(site)):
        with suppress(NotRepackable):
            each = _read(site, info)
            found[each.name] = each.version
    return found


def _read(site: Path, info: str) -> Installed:
    files = InstalledDistribution(str(site), info)
    try:
        header = files.read_header()
        project = _project(site / info)
    except (Unreadable, ValueError, TypeError, KeyError) as error:
        raise NotRepackable(info, str(error)) from error
    return Installed(
        name=str(canonicalize_name(header.name)),
        version=header.version,
        requires=header.requires,
        site=site,
        info=site / info,
        project=project,
        requested=(site / info / "REQUESTED").is_file(),
        from_file=(site / info / "direct_url.json").is_file(),
        files=files,
    )


def _project(info: Path) -> Path | None:
    try:
        origin = json.loads((info / "direct_url.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return local_path(origin["url"]) if origin.get("dir_info", {}).get("editable") else None
