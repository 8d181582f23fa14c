"""What both tools answer, brought to one form."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from .asked import ResolvedPackage, wheel_identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One item of a tool's answer: a name, a version (empty where the project says it when it is built), and where."""

    name: str
    version: str
    url: str
    sha256: str = ""
    is_folder: bool = False
    editable: bool = False


def resolved_package(named: Named) -> ResolvedPackage:
    """The item as a value of this room."""
    project = local_path(named.url) if named.is_folder else None
    package = ResolvedPackage(
        name=str(canonicalize_name(named.name)),
        version=normal_version(named.version),
        url="" if project else named.url,
        sha256=named.sha256,
        project=project,
        editable=named.editable,
    )
    identity = wheel_identity(package.filename)
    if identity is None or package.version:
        return package
    return ResolvedPackage(name=package.name, version=identity[1], url=package.url, sha256=package.sha256)


def normal_version(version: str) -> str:
    """As installers write it; a text that is none stays."""
    try:
        return str(Version(version))
    except InvalidVersion:
        return version


def local_path(url: str) -> Path | None:
    """The path a ``file`` URL names; ``None`` for what lies elsewhere."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
