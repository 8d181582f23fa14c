"""What the catalog found on disk, as values. Nothing here was imported to be known."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from ..manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one module cannot run: a stable code, a sentence, and what a person can do."""

    code: str
    text: str
    remedy: str

    def as_json(self) -> dict[str, str]:
        """The three keys every listing shows."""
        return {"code": self.code, "text": self.text, "remedy": self.remedy}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong in the environment that belongs to no module, such as a distribution without metadata."""

    code: str
    text: str
    remedy: str

    def as_json(self) -> dict[str, str]:
        """The three keys every listing shows."""
        return {"code": self.code, "text": self.text, "remedy": self.remedy}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModule:
    """One entry point of the group ``hub.modules``, with what its distribution's metadata and manifest say.

    ``package`` is the dotted name behind the entry point, ``folder`` where its files lie. ``hash`` names this exact
    build: SHA-256 over the rows of RECORD, of an editable install over path, time and size of its files. With
    ``faults`` the module cannot run, and what could not be read is ``None`` or empty.
    """

    name: str
    distribution: str
    version: Version
    summary: str
    license: str
    requires: tuple[Requirement, ...]
    package: str
    folder: Path
    entry_point: str
    editable: bool
    hash: str
    manifest: Manifest | None
    faults: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All of one environment: modules by name, the version of every distribution by normalised name, findings.

    Two distributions that claim one module name are both in ``modules``.
    """

    modules: tuple[FoundModule, ...]
    distributions: Mapping[str, str]
    findings: tuple[Finding, ...]
