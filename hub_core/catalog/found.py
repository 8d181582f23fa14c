"""What the catalog found on disk, as values. Nothing here was imported to be known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import Version

from ..manifest import Manifest
from .data_files import DataFiles
from .revisions import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one module cannot run: a stable code, a sentence, and what a person can do.

    ``clause`` names the clause of somebody's metadata that does not hold, where it is one: reasons of several modules
    with the same code and clause are one fault, whichever way each module came to it.
    """

    code: str
    text: str
    remedy: str
    clause: str = ""

    @property
    def fault(self) -> tuple[str, str]:
        """What is the same in all reasons that one fault causes."""
        return self.code, self.clause or self.text

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
    build: SHA-256 over the rows of RECORD, of an editable install over path, time and size of its files. ``requires``
    and ``requires_python`` are texts of the metadata that can be parsed; the same few occur in every module. ``seed`` and
    ``demo`` say how much data its files bring. With ``faults`` the module cannot run, and what could not be read is
    ``None`` or empty.
    """

    name: str
    distribution: str
    version: Version
    summary: str
    license: str
    requires: tuple[str, ...]
    requires_python: str
    package: str
    folder: Path
    entry_point: str
    editable: bool
    hash: str
    manifest: Manifest | None
    revisions: tuple[Revision, ...]
    faults: tuple[Reason, ...]
    seed: DataFiles = field(default_factory=DataFiles)
    demo: DataFiles = field(default_factory=DataFiles)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDistribution:
    """What the metadata of any distribution says of itself; nobody has checked these texts yet.

    ``fault`` says why the metadata cannot be read; name and version are then those of the folder.
    """

    version: str
    requires: tuple[str, ...] = ()
    requires_python: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All of one environment: modules by name, every distribution by normalised name, findings.

    Two distributions that claim one module name are both in ``modules``. ``programs`` says of each program that a
    manifest asks for where it is, ``None`` for one that is not on ``PATH``.
    """

    modules: tuple[FoundModule, ...]
    distributions: Mapping[str, FoundDistribution]
    findings: tuple[Finding, ...]
    programs: Mapping[str, str | None] = field(default_factory=dict)
