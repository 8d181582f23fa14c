"""Walk the folders of an environment and tell modules, other distributions and broken ones apart."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from .cache import CatalogCache
from .found import Catalog, Finding, FoundDistribution, FoundModule, Reason
from .kept import Kept
from .metadata import GROUP, Header, InstalledDistribution, distribution_folders, is_distribution_name
from .module import ModuleReader
from .package_folder import Imports
from .reading import Unreadable
from .shared_package import with_shared_packages


def read_catalog(path: Sequence[str] | None = None, *, cache: Path | None = None) -> Catalog:
    """Read all distributions on ``path`` (``None``: ``sys.path``) from their metadata, importing none.

    As for an import, the first folder that holds a distribution wins. What cannot be read is left out and reported as
    a finding; a module that cannot be read is listed with its faults.

    :param cache: a file that spares reading again what has not changed; its folder must exist. The answer is the same
        without it.
    """
    reading = _Reading(cache=CatalogCache(cache), imports=Imports(path))
    for folder in _unique(sys.path if path is None else path):
        reading.add_folder(folder)
    reading.cache.save()
    modules = with_shared_packages(reading.modules, reading.installed, reading.imports)
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
class _Seen:
    """One distribution of a folder, before it is known whether it counts: remembered, or as far as it was read."""

    info: str
    distribution: FoundDistribution
    kept: Kept | None = None
    installed: InstalledDistribution | None = None
    header: Header | None = None


@dataclass(slots=True)
class _Reading:
    cache: CatalogCache
    imports: Imports
    modules: list[FoundModule] = field(default_factory=list)
    installed: dict[str, tuple[str, str]] = field(default_factory=dict)
    distributions: dict[str, FoundDistribution] = field(default_factory=dict)
    unreadable: dict[str, FoundDistribution] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add_folder(self, folder: str) -> None:
        """Read one folder of the path. Names are taken when the folder is done: two of one name in it are a fault."""
        here: dict[str, _Seen] = {}
        for info in self._infos(folder):
            seen = self._seen(folder, info)
            if seen is None:
                continue
            name, one = seen
            if name in self.distributions:
                continue
            if name in here:
                self._installed_twice(name, f"{folder}/{here[name].info}", info)
            here[name] = one
        for name, one in here.items():
            self.distributions[name] = one.distribution
            self.installed[name] = (folder, one.info)
        for name, one in here.items():
            self._add_modules(folder, name, one)
        for name, found in self.unreadable.items():
            self.distributions.setdefault(name, found)

    def _infos(self, folder: str) -> Iterator[str]:
        try:
            infos = distribution_folders(folder)
        except OSError as error:
            self._find("path_unreadable", f"{folder} cannot be read: {error.strerror}", "Make the folder readable")
            return
        for info in infos:
            if info.startswith("~"):
                self._find(
                    "install_unfinished",
                    f"{folder}/{info} is left over from an interrupted pip",
                    "Remove the folder, and install that distribution again",
                )
            else:
                yield info

    def _seen(self, folder: str, info: str) -> tuple[str, _Seen] | None:
        if kept := self.cache.find(folder, info):
            return kept.name, _Seen(info, kept.distribution, kept)
        installed = InstalledDistribution(folder, info)
        try:
            header = installed.read_header()
        except Unreadable as error:
            self._add_unreadable(installed, str(error))
            return None
        found = FoundDistribution(
            version=header.version, requires=header.requires, requires_python=header.requires_python
        )
        return canonicalize_name(header.name), _Seen(info, found, None, installed, header)

    def _add_modules(self, folder: str, name: str, seen: _Seen) -> None:
        if seen.kept:
            if seen.kept.module:
                self.modules.append(seen.kept.module)
        elif seen.installed and seen.header:
            try:
                modules = self._modules_of(seen.installed, seen.header)
            except Unreadable as error:
                self._find_unreadable(seen.installed.info, str(error))
                return
            self.modules += modules
            if not any(module.faults for module in modules):
                kept = Kept(name=name, distribution=seen.distribution, module=modules[0] if modules else None)
                self.cache.keep(folder, seen.info, kept, seen.installed.reader)

    def _modules_of(self, installed: InstalledDistribution, header: Header) -> list[FoundModule]:
        found = [
            ModuleReader(entry_point=entry_point, installed=installed, header=header, imports=self.imports).read()
            for entry_point in installed.read_entry_points()
        ]
        return found if len(found) < 2 else _several(found)

    def _add_unreadable(self, installed: InstalledDistribution, text: str) -> None:
        """Report a distribution without usable metadata; list it when its entry points still say it is a module."""
        self._find_unreadable(installed.info, text)
        name, _, version = os.path.splitext(os.path.basename(installed.info))[0].partition("-")
        if is_distribution_name(name):
            self.unreadable.setdefault(canonicalize_name(name), FoundDistribution(version=version or "0", fault=text))
        else:
            name = "unknown"
        header = Header(name=name, version=version, summary="", license="", requires=(), requires_python="")
        reason = Reason(code="metadata_invalid", text=text, remedy=f"Install {canonicalize_name(name)} again")
        with suppress(Unreadable):
            for module in self._modules_of(installed, header):
                self.modules.append(replace(module, faults=(reason, *module.faults)))

    def _find_unreadable(self, info: str, text: str) -> None:
        self._find("distribution_unreadable", text, f"Install it again, or remove {info}")

    def _installed_twice(self, name: str, first: str, second: str) -> None:
        self._find(
            "distribution_twice",
            f"{name} is there twice: {first} and {second}; {second} counts",
            f"Install {name} again, or remove the folder that is out of date",
        )

    def _find(self, code: str, text: str, remedy: str) -> None:
        self.findings.append(Finding(code=code, text=text, remedy=remedy))


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
