"""Make one found module of one entry point: gather what can be read, and every fault beside it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from importlib_metadata import EntryPoint
from packaging.utils import canonicalize_name
from packaging.version import Version

from ..manifest import (
    LARGEST_MANIFEST,
    MANIFEST_FILE,
    Manifest,
    ManifestInvalid,
    ModuleNameInvalid,
    TextInvalid,
    check_module_name,
    parse_manifest,
    read_range,
    read_requirement,
    read_version,
)
from .data_files import DEMO_FOLDER, SEED_FOLDER, DataFiles, counted_data, read_data
from .fingerprint import folder_hash, record_hash
from .found import FoundModule, Reason
from .metadata import Header, InstalledDistribution
from .package_folder import Imports, is_importable, is_in_record, unlisted_folder
from .reading import Unreadable
from .revisions import VERSIONS, Revision, chain_faults, read_revisions

_MOST_REQUIREMENTS: Final = 2000
_MOST_REQUIREMENTS_TEXT: Final = 50_000
_VERSIONS: Final = VERSIONS.as_posix()
UNREADABLE_VERSION = Version("0")
"""Stands where a distribution's own version cannot be read; the module has a fault that says so."""


@dataclass(slots=True)
class ModuleReader:
    """Reads the parts of one module in turn and keeps the faults."""

    entry_point: EntryPoint
    installed: InstalledDistribution
    header: Header
    imports: Imports
    faults: list[Reason] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The module's name: that of its entry point."""
        return self.entry_point.name

    def read(self) -> FoundModule:
        """The module, as far as it could be read."""
        self._check_name()
        package, attribute = self._target()
        folder, editable, digest = self._place(package)
        return FoundModule(
            name=self.name,
            distribution=canonicalize_name(self.header.name),
            version=self._version(),
            summary=self.header.summary,
            license=self.header.license,
            requires=self._requires(),
            requires_python=self._requires_python(),
            package=package,
            folder=folder,
            entry_point=f"{package}:{attribute}" if attribute else package,
            editable=editable,
            hash=digest,
            manifest=self._manifest(folder) if digest else None,
            revisions=self._revisions(folder) if digest else (),
            faults=tuple(self.faults),
            seed=self._data(folder, SEED_FOLDER) if digest else DataFiles(),
            demo=self._data(folder, DEMO_FOLDER) if digest else DataFiles(),
        )

    def _fault(self, code: str, text: str, remedy: str) -> None:
        self.faults.append(Reason(code=code, text=text, remedy=remedy))

    def _check_name(self) -> None:
        try:
            check_module_name(self.name)
        except ModuleNameInvalid as error:
            self._fault(error.code, f"{error.problem}: {error.cause}", error.remedy)

    def _target(self) -> tuple[str, str | None]:
        """Package and attribute of the entry point; an extra behind them says nothing about the module."""
        try:
            return self.entry_point.module, self.entry_point.attr
        except ValueError:  # not ``package:attribute``; no package is found under what stands there
            return self.entry_point.value, None

    def _version(self) -> Version:
        try:
            return read_version(self.header.version)
        except TextInvalid as error:
            self._fault("metadata_invalid", f"{self.installed.info}: {error}", self._release_remedy())
            return UNREADABLE_VERSION

    def _requires(self) -> tuple[str, ...]:
        texts = self.header.requires
        if len(texts) > _MOST_REQUIREMENTS or sum(map(len, texts)) > _MOST_REQUIREMENTS_TEXT:
            text = f"{self.installed.info}: {len(texts)} Requires-Dist of {sum(map(len, texts))} characters; {_MOST_REQUIREMENTS} of {_MOST_REQUIREMENTS_TEXT} are allowed"
            self._fault("metadata_invalid", text, self._release_remedy())
            return ()
        requires = []
        for text in self.header.requires:
            try:
                read_requirement(text)
            except TextInvalid as error:
                self._fault("metadata_invalid", f"{self.installed.info}: {error}", self._release_remedy())
            else:
                requires.append(text)
        return tuple(requires)

    def _requires_python(self) -> str:
        try:
            read_range(self.header.requires_python)
            return self.header.requires_python
        except TextInvalid as error:
            self._fault("metadata_invalid", f"{self.installed.info}: Requires-Python: {error}", self._release_remedy())
            return ""

    def _release_remedy(self) -> str:
        return f"Install a release of {self.header.name} with valid metadata"

    def _place(self, package: str) -> tuple[Path, bool, str]:
        """Folder, whether it is editable, and hash; an empty hash when there is no folder."""
        nowhere = Path(self.installed.site, package.replace(".", "/"))
        try:
            record = self.installed.record
            is_listed = is_importable(package) and is_in_record(package, record)
            folder = self._folder(package, nowhere, is_listed=is_listed)
            if folder is not None:
                return folder, not is_listed, (record_hash(record) if is_listed else "") or self._folder_hash(folder)
        except (Unreadable, OSError) as error:
            self._fault("metadata_invalid", str(error), f"Install {self.header.name} again")
        else:
            text = f"the package {package!r} behind the entry point {self.name} is not on disk"
            self._fault("package_missing", text, f"Install {self.header.name} again, or correct its entry point")
        return nowhere, False, ""

    def _folder_hash(self, folder: Path) -> str:
        self.installed.reader.certain = False  # any file decides: no list of them tells whether it still holds
        return folder_hash(folder)

    def _folder(self, package: str, listed: Path, *, is_listed: bool) -> Path | None:
        if is_listed:
            return listed if listed.is_dir() else None
        if not is_importable(package):
            return None
        site, record, reader = self.installed.site, self.installed.record, self.installed.reader
        return unlisted_folder(package, site=site, record=record, imports=self.imports, reader=reader)

    def _revisions(self, folder: Path) -> tuple[Revision, ...]:
        revisions, unreadable = read_revisions(f"{folder}/{_VERSIONS}", self.installed.reader)
        for fault in unreadable or (chain_faults(revisions) if revisions else ()):
            remedy = f"Install a release of {self.header.name} whose revisions follow one another"
            self._fault("migrations_invalid", f"migrations/versions: {fault}", remedy)
        return revisions

    def _data(self, folder: Path, inside: str) -> DataFiles:
        return counted_data(read_data(folder, inside, self.installed.reader))

    def _manifest(self, folder: Path) -> Manifest | None:
        file = f"{folder}/{MANIFEST_FILE}"
        try:
            content = self.installed.reader.read(file, LARGEST_MANIFEST)
            if content is not None:
                return parse_manifest(content, self.name)
            self._fault(
                "manifest_missing",
                f"{file} is missing",
                f"Add {MANIFEST_FILE}; it may be empty. With setuptools, list it under package-data so that wheels carry it",
            )
        except Unreadable as error:
            self._fault("manifest_invalid", str(error), f"Make {MANIFEST_FILE} a small file that can be read")
        except ManifestInvalid as error:
            for fault in error.faults:
                self._fault(error.code, f"{MANIFEST_FILE}: {fault}", error.remedy)
        return None
