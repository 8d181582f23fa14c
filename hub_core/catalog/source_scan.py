"""What the source of a module may not do: import the hub's own files, or what is inside another module.

It works today and fails with the next release of whoever moved a file, far from the module that did it. A module imports
``hub_hookspecs``, and of a module in its own ``Requires-Dist`` the ``interface``; tests may do as they like.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from ..manifest import read_requirement
from .found import FoundModule, Reason
from .imported_names import ImportedName, imported_names
from .reading import Reader, Unreadable

CORE: Final = "hub_core"
CONTRACT: Final = "hub_hookspecs"
PREFIX: Final = "hub_module_"
"""How packages of modules are called, also of those that are not installed here."""
INTERFACE: Final = "interface"

_LARGEST_SOURCE: Final = 2 * 2**20
_MOST_FILES: Final = 20_000
_TEST: Final = re.compile(r"tests?|test_.*\.py|.*_test\.py|conftest\.py|__pycache__")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFault:
    """One line of one file that must not be so."""

    file: Path
    line: int
    reason: Reason


def source_faults(
    found: FoundModule, modules: Iterable[FoundModule], *, imports_only: bool = False
) -> tuple[SourceFault, ...]:
    """Every fault in the files of ``found``, by file and line.

    :param modules: all that are known, whose packages count as modules; others by their name ``hub_module_…``.
    :param imports_only: pass over files that hold no name of a module and not the hub's, so that they are not parsed.
    """
    scan = _Scan(found, {module.package: module.distribution for module in modules} | {found.package: ""})
    faults = [fault for file in _sources(found.folder) for fault in scan.faults_of(file, imports_only=imports_only)]
    return tuple(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.reason.text)))


def _sources(folder: Path) -> Iterator[Path]:
    """The Python files of a package but for its tests, not beyond links."""
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _TEST.fullmatch(name))
        for name in files:
            if name.endswith(".py") and not _TEST.fullmatch(name):
                count += 1
                if count > _MOST_FILES:
                    return
                yield Path(place, name)


class _Scan:
    """Judges the files of one module."""

    def __init__(self, found: FoundModule, owners: Mapping[str, str]) -> None:
        self._found, self._owners = found, owners
        self._required = {canonicalize_name(read_requirement(text).name) for text in found.requires}
        tops = {
            re.escape(name.partition(".")[0])
            for name in owners
            if name != found.package and not name.startswith(PREFIX)
        }
        # A package in a namespace may reach its siblings by relative names.
        self._worth_a_look = re.compile("" if "." in found.package else "|".join((CORE, PREFIX, *sorted(tops))))

    def faults_of(self, file: Path, *, imports_only: bool) -> Iterator[SourceFault]:
        """The faults of one file, one for each line and reason."""
        inside = file.relative_to(self._found.folder).with_suffix("").parts
        is_interface = inside[0] == INTERFACE
        try:
            source = Reader().read(str(file), _LARGEST_SOURCE) or b""
            if imports_only and not is_interface and not self._worth_a_look.search(source.decode(errors="replace")):
                return
            names = list(imported_names(source, (*self._found.package.split("."), *inside[:-1])))
        except (Unreadable, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if not imports_only:
                yield _unusable(file, error)
            return
        told = set()
        for name in names:
            fault = self._fault(name, is_interface)
            if fault and (name.line, fault.code) not in told:
                told.add((name.line, fault.code))
                yield SourceFault(file=file, line=name.line, reason=fault)

    def _fault(self, name: ImportedName, is_interface: bool) -> Reason | None:
        return self._of_core(name) or self._of_module(name) or (self._of_interface(name) if is_interface else None)

    def _of_core(self, name: ImportedName) -> Reason | None:
        if name.name.partition(".")[0] != CORE:
            return None
        return Reason(
            code="imports_core",
            text=f"imports {name.name}, which is private to the hub",
            remedy=f"Use what {CONTRACT} offers; the hub's own files change with any release",
        )

    def _of_module(self, name: ImportedName) -> Reason | None:
        package = self._package_of(name.name)
        if package is None or package == self._found.package:
            return None
        distribution = self._owners.get(package) or canonicalize_name(package)
        used = name.name[len(package) + 1 :].partition(".")[0]
        if used != INTERFACE:
            return Reason(
                code="imports_internals",
                text=f"imports {name.name}; of another module only {package}.{INTERFACE} may be imported",
                remedy=f"Import it from {package}.{INTERFACE}, or ask the author of {distribution} to offer it there",
            )
        if distribution not in self._required:
            return Reason(
                code="interface_not_required",
                text=f"imports {package}.{INTERFACE}, and {distribution} is not among its requirements",
                remedy=f"Add {distribution} with a range of versions to dependencies in pyproject.toml",
            )
        return None

    def _package_of(self, name: str) -> str | None:
        """The module's package that ``name`` lies in: the longest that is known, else by its name."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            package = ".".join(parts[:length])
            if package in self._owners:
                return package
        return parts[0] if parts[0].startswith(PREFIX) else None

    def _of_interface(self, name: ImportedName) -> Reason | None:
        own = f"{self._found.package}.{INTERFACE}"
        top = name.name.partition(".")[0]
        if top == CONTRACT or top in sys.stdlib_module_names or f"{name.name}.".startswith(f"{own}."):
            return None
        return Reason(
            code="interface_imports",
            text=f"an interface imports {CONTRACT} and the standard library only, not {name.name}",
            remedy="Move what needs it into another file of the module",
        )


def _unusable(file: Path, error: Exception) -> SourceFault:
    line, text = 1, str(error) or type(error).__name__
    if isinstance(error, SyntaxError):
        line, text = error.lineno or 1, error.msg
    if not isinstance(error, Unreadable):
        text = f"is no Python: {text}"
    return SourceFault(file=file, line=line, reason=Reason(code="source_invalid", text=text, remedy="Correct the file"))
