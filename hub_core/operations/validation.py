"""``hub validate``: everything that can be said against a module before it is given to others, read from its files."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from packaging.utils import canonicalize_name

from ..catalog import (
    GROUP,
    VERSIONS,
    Catalog,
    FoundModule,
    Reason,
    read_catalog,
    release_warnings,
    source_faults,
    unpacked,
)
from ..database import DatabaseUnreachable
from ..errors import HubError
from ..manifest import MANIFEST_FILE, read_requirement
from ..planning import RecordedModule, not_installed
from ..registry import CoreTablesDiffer
from ..settings import HubSettings
from .installed import installed_catalog
from .recorded_state import recorded_state

_PLACES: Final = {
    "manifest_invalid": MANIFEST_FILE,
    "manifest_missing": MANIFEST_FILE,
    "migrations_invalid": VERSIONS.as_posix(),
}
"""Where in the package a fault of the catalog lies; the others lie in the metadata."""
_METADATA: Final = {
    "name_invalid": "entry_points.txt",
    "package_missing": "entry_points.txt",
    "several_modules": "entry_points.txt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing to correct. ``line`` is ``None`` where no single one is meant."""

    level: Literal["error", "warning"]
    module: str
    file: str
    line: int | None = None
    reason: Reason

    def as_json(self) -> dict[str, Any]:
        """One of the findings of ``hub validate --json``."""
        return {
            "level": self.level,
            "module": self.module,
            "file": self.file,
            "line": self.line,
            **self.reason.as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What was looked at, and every remark on it: errors first, then by file."""

    modules: tuple[FoundModule, ...]
    remarks: tuple[Remark, ...]

    def count(self, level: str) -> int:
        """How many remarks are of that level."""
        return sum(remark.level == level for remark in self.remarks)


def is_wheel(target: str) -> bool:
    """Whether ``target`` means a file and not a module's name, which has neither a dot nor a slash."""
    return target.endswith(".whl") or os.sep in target


def validate(target: str, settings: HubSettings) -> Validation:
    """Examine an installed module by name, or a wheel file by path; no module is imported.

    A name that two distributions claim means both, and one that none has leaves ``modules`` empty.

    :raises WheelRefused: for a file that is no wheel.
    """
    catalog = installed_catalog(settings)
    with ExitStack() as stack:
        if is_wheel(target):
            folder = stack.enter_context(unpacked(Path(target)))
            examined, base = read_catalog([str(folder)]), folder
            remarks = [*_remarks_on_wheel(Path(target), examined, folder)]
        else:
            examined, base, remarks = _named(catalog, target), settings.folder, []
        known = (*catalog.modules, *examined.modules)
        for found in examined.modules:
            remarks += _remarks(found, known, base)
    return Validation(
        modules=examined.modules,
        remarks=tuple(
            sorted(remarks, key=lambda each: (each.level, each.module, each.file, each.line or 0, each.reason.code))
        ),
    )


class NothingInstalled(HubError):
    """A module whose files were to be looked at is recorded, and nothing of it is installed."""

    code = "nothing_installed"

    def __init__(self, record: RecordedModule) -> None:
        reason = not_installed(record.name, record)
        super().__init__(f"there are no files of {record.name} to look at", cause=reason.text, remedy=reason.remedy)
        self.name = record.name


def refuse_gone(name: str, settings: HubSettings) -> None:
    """Refuse a name that only the database knows; where that does not answer, nobody knows it.

    :raises NothingInstalled: saying what there is of it.
    """
    record = None
    with suppress(DatabaseUnreachable, CoreTablesDiffer):
        record = recorded_state(settings).modules.get(name)
    if record is not None:
        raise NothingInstalled(record)


def _named(catalog: Catalog, name: str) -> Catalog:
    modules = tuple(found for found in catalog.modules if found.name == name)
    return Catalog(modules=modules, distributions=catalog.distributions, findings=())


def _remarks_on_wheel(wheel: Path, catalog: Catalog, folder: Path) -> Iterator[Remark]:
    for finding in catalog.findings:
        reason = Reason(code=finding.code, text=_inside(finding.text, folder), remedy="Build the wheel again")
        yield Remark(level="error", module="", file=wheel.name, reason=reason)
    if not catalog.modules:
        reason = Reason(
            code="not_a_module",
            text=f"it has no entry point in the group {GROUP}, so no hub finds a module in it",
            remedy=f'Add [project.entry-points."{GROUP}"] to pyproject.toml, with the name and the package of the module',
        )
        yield Remark(level="error", module="", file=wheel.name, reason=reason)


def _remarks(found: FoundModule, known: Iterable[FoundModule], base: Path) -> Iterator[Remark]:
    for fault in found.faults:
        told = Reason(code=fault.code, text=_inside(fault.text, base), remedy=_inside(fault.remedy, base))
        yield Remark(level="error", module=found.name, file=_place(found, fault.code, base), reason=told)
    for reason in _targets_not_required(found, known):
        yield Remark(level="error", module=found.name, file=_shown(found.folder / MANIFEST_FILE, base), reason=reason)
    for line in source_faults(found, known):
        file = _shown(line.file, base)
        yield Remark(level="error", module=found.name, file=file, line=line.line, reason=line.reason)
    for warning in release_warnings(found):
        yield Remark(level="warning", module=found.name, file="METADATA", reason=warning)


def _targets_not_required(found: FoundModule, known: Iterable[FoundModule]) -> Iterator[Reason]:
    """Modules whose models or routes it changes, and whose distribution is not among its requirements."""
    required = {canonicalize_name(read_requirement(text).name) for text in found.requires}
    distributions = {module.name: module.distribution for module in known}
    for name in found.manifest.reaches_into if found.manifest else ():
        distribution = distributions.get(name)
        if distribution is not None and canonicalize_name(distribution) not in required:
            yield Reason(
                code="target_not_required",
                text=f"changes models or routes of {name}, and {distribution} is not among its requirements",
                remedy=f"Add {distribution} with a range of versions to dependencies in pyproject.toml",
            )


def _place(found: FoundModule, code: str, base: Path) -> str:
    inside = _PLACES.get(code)
    return _METADATA.get(code, "METADATA") if inside is None else _shown(found.folder / inside, base)


def _shown(file: Path, base: Path) -> str:
    """``file`` as seen from ``base``, in full when it lies elsewhere."""
    return str(file.relative_to(base)) if file.is_relative_to(base) else str(file)


def _inside(text: str, base: Path) -> str:
    return text.replace(f"{base}{os.sep}", "")
