"""Walk the folders of an environment and tell modules, other distributions and broken ones apart."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from .found import Catalog, Finding, FoundDistribution, FoundModule, Reason
from .metadata import GROUP, Header, InstalledDistribution, MetadataInvalid, distributions_in
from .module import ModuleReader
from .shared_package import with_shared_packages


def read_catalog(path: Sequence[str] | None = None) -> Catalog:
    """Read all distributions on ``path`` (``None``: ``sys.path``) from their metadata, importing none.

    As for an import, the first folder that holds a distribution wins. What cannot be read is left out and reported as
    a finding; a module that cannot be read is listed with its faults.
    """
    reading = _Reading(path=None if path is None else list(path))
    for folder in _unique(sys.path if path is None else path):
        reading.add_folder(folder)
    modules = with_shared_packages(reading.modules, reading.installed, reading.path)
    return Catalog(
        modules=tuple(sorted(modules, key=lambda module: (module.name, module.distribution))),
        distributions=reading.distributions,
        findings=tuple(reading.findings),
        programs={
            name: shutil.which(name)
            for name in sorted({name for module in modules if module.manifest for name in module.manifest.binaries})
        },
    )


@dataclass(slots=True)
class _Reading:
    path: list[str] | None
    modules: list[FoundModule] = field(default_factory=list)
    installed: dict[str, InstalledDistribution] = field(default_factory=dict)
    distributions: dict[str, FoundDistribution] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add_folder(self, folder: str) -> None:
        """Read one folder of the path. Names are taken when the folder is done: two of one name in it are a fault."""
        here: dict[str, tuple[InstalledDistribution, Header]] = {}
        for installed in self._installed(folder):
            try:
                header = installed.read_header()
            except MetadataInvalid as error:
                self._add_unreadable(installed, str(error))
                continue
            name = canonicalize_name(header.name)
            if name in self.distributions:
                continue
            if name in here:
                self._installed_twice(name, here[name][0].info, installed.info)
            here[name] = (installed, header)
        self.distributions.update({name: _as_found(header) for name, (_, header) in here.items()})
        self.installed.update({name: installed for name, (installed, _) in here.items()})
        for installed, header in here.values():
            self._add_modules(installed, header)

    def _installed(self, folder: str) -> Iterator[InstalledDistribution]:
        try:
            for installed in distributions_in(folder):
                if installed.info.name.startswith("~"):
                    self._find(
                        "install_unfinished",
                        f"{installed.info} is left over from an interrupted pip",
                        "Remove the folder, and install that distribution again",
                    )
                else:
                    yield installed
        except OSError as error:
            self._find("path_unreadable", f"{folder} cannot be read: {error.strerror}", "Make the folder readable")

    def _add_modules(self, installed: InstalledDistribution, header: Header) -> None:
        try:
            entry_points = installed.read_entry_points()
        except MetadataInvalid as error:
            self._find_unreadable(installed.info, str(error))
            return
        found = [
            ModuleReader(entry_point=entry_point, installed=installed, header=header, path=self.path).read()
            for entry_point in entry_points
        ]
        self.modules += found if len(found) < 2 else _several(found)

    def _add_unreadable(self, installed: InstalledDistribution, text: str) -> None:
        """Report a distribution without usable metadata; list it when its entry points still say it is a module."""
        self._find_unreadable(installed.info, text)
        name, _, version = installed.info.stem.partition("-")
        header = Header(name=name, version=version, summary="", license="", requires=(), requires_python="")
        before = len(self.modules)
        self._add_modules(installed, header)
        reason = Reason(code="metadata_invalid", text=text, remedy=f"Install {canonicalize_name(name)} again")
        for index in range(before, len(self.modules)):
            module = self.modules[index]
            self.modules[index] = replace(module, faults=(reason, *module.faults))

    def _find_unreadable(self, info: Path, text: str) -> None:
        self._find("distribution_unreadable", text, f"Install it again, or remove {info}")

    def _installed_twice(self, name: str, first: Path, second: Path) -> None:
        self._find(
            "distribution_twice",
            f"{name} is there twice: {first} and {second.name}; {second.name} counts",
            f"Install {name} again, or remove the folder that is out of date",
        )

    def _find(self, code: str, text: str, remedy: str) -> None:
        self.findings.append(Finding(code=code, text=text, remedy=remedy))


def _as_found(header: Header) -> FoundDistribution:
    return FoundDistribution(version=header.version, requires=header.requires, requires_python=header.requires_python)


def _several(found: list[FoundModule]) -> list[FoundModule]:
    names = ", ".join(module.name for module in found)
    reason = Reason(
        code="several_modules",
        text=f"{found[0].distribution} has several entry points in the group {GROUP}: {names}; one distribution is one module",
        remedy="Keep one entry point, and move the others to distributions of their own",
    )
    return [replace(module, faults=(*module.faults, reason)) for module in found]


def _unique(path: Iterable[str]) -> Iterator[str]:
    seen = set()
    for entry in path:
        folder = os.path.realpath(entry or ".")
        if folder not in seen:
            seen.add(folder)
            yield folder
