"""Bring every wheel of an answer into the store: nothing that is there is asked for again, nothing comes in unmeasured."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .answers import local_path
from .asked import Resolved, ResolvedPackage, wheel_identity
from .editable import editable_wheel
from .failures import InstallerFailed, WheelDamaged
from .lock import Lock, LockedPackage, LockedWheel
from .progress import Progress
from .wheel_store import file_hash
from .workshops import Workshop

_WHEEL: Final = ".whl"


def fetch(resolved: Resolved, at: Workshop) -> Lock:
    """The lock of an answer, with all its wheels in the store. Projects and source archives are built.

    :raises WheelDamaged: when what came is not what the source promised, or the lock names.
    :raises IndexUnreachable, PackageNotFound, BuildFailed, InstallerFailed, DiskFull: when something cannot be had; what
        came before it stays in the store for the next time.
    """
    fetching = _Fetching(at=at, total=len(resolved.packages))
    fetching.download([package for package in resolved.packages if fetching.is_remote(package)])
    locked = tuple(sorted(map(fetching.locked, resolved.packages), key=lambda package: package.name))
    files = (f"{package.name}=={package.version}" for package in locked if package.name in resolved.files)
    return Lock(packages=locked, roots=(*resolved.roots, *files), python=resolved.python)


@dataclass(slots=True, kw_only=True)
class _Fetching:
    at: Workshop
    total: int
    done: int = 0
    downloaded: dict[str, Path] = field(default_factory=dict)
    """Files by normalised name of the distribution."""

    def is_remote(self, package: ResolvedPackage) -> bool:
        """Whether it has to come from the source, as a file."""
        if package.project is not None or local_path(package.url) is not None:
            return False
        if package.kept is not None:
            return package.kept.project is None and not self.at.store.has(package.kept.wheel)
        return not self._stored(package)

    def _stored(self, package: ResolvedPackage) -> bool:
        wheel = LockedWheel(filename=package.filename, sha256=package.sha256)
        return package.filename.endswith(_WHEEL) and bool(package.sha256) and self.at.store.has(wheel)

    def download(self, packages: list[ResolvedPackage]) -> None:
        """Fetch all of them at once, each held against its hash by the tool, and again by the store."""
        if not packages:
            return
        self._tell(f"{len(packages)} files from {self.at.sources}")
        into = self.at.bench.aside()
        self.at.installer.download(tuple(map(_wanted, packages)), into, self.at.bench)
        for file in sorted(into.iterdir()):
            name = next((each.name for each in packages if _is_of(file, each)), None)
            if name is not None:
                self.downloaded[name] = file

    def locked(self, package: ResolvedPackage) -> LockedPackage:
        """One package with its wheel in the store."""
        self._tell(f"{package.name} {package.version}".strip())
        self.done += 1
        if package.kept is not None:
            return self._kept_again(package, package.kept)
        if package.project is not None and package.editable:
            wheel = editable_wheel(package.project, self.at)
            return locked_package(package.name, wheel, project=package.project)
        if package.project is not None:
            return locked_package(package.name, self._built(package.project))
        if self._stored(package):
            return locked_package(package.name, LockedWheel(filename=package.filename, sha256=package.sha256))
        file = local_path(package.url) or self.downloaded.get(package.name)
        if file is None:
            raise InstallerFailed(f"{package.name} did not come with what was downloaded", str(package.url), "")
        if file.name.endswith(_WHEEL):
            return locked_package(package.name, self._added(file, package.sha256))
        _measure(file, package.sha256)
        return locked_package(package.name, self._built(file))

    def _kept_again(self, package: ResolvedPackage, kept: LockedPackage) -> LockedPackage:
        if not self.at.store.has(kept.wheel):
            if kept.project is not None:
                return locked_package(kept.name, editable_wheel(kept.project, self.at), project=kept.project)
            file = self.downloaded.get(package.name)
            if file is None:
                raise InstallerFailed(f"{kept.wheel.filename} did not come with what was downloaded", package.name, "")
            self._added(file, kept.wheel.sha256)
        return kept

    def _built(self, source: Path) -> LockedWheel:
        self.at.on_progress(Progress(stage="build", text=source.name))
        return self._added(self.at.installer.build_wheel(source, self.at.bench.aside(), self.at.bench))

    def _added(self, file: Path, expected: str = "") -> LockedWheel:
        return self.at.store.add(file, expected)

    def _tell(self, text: str) -> None:
        self.at.on_progress(Progress(stage="fetch", done=self.done, total=self.total, text=text))


def _wanted(package: ResolvedPackage) -> str:
    """A line of a requirements file that nothing else can answer."""
    if package.kept is not None:
        return f"{package.name}=={package.version} --hash=sha256:{package.kept.wheel.sha256}"
    if not package.sha256:
        raise InstallerFailed(
            f"the source gives no SHA-256 of {package.filename}", "a wheel is installed by its hash only", ""
        )
    return f"{package.name} @ {package.url.partition('#')[0]} --hash=sha256:{package.sha256}"


def _is_of(file: Path, package: ResolvedPackage) -> bool:
    return file.name == package.filename or wheel_identity(file.name) == (package.name, package.version)


def _measure(file: Path, expected: str) -> None:
    if expected and (found := file_hash(file)) != expected:
        raise WheelDamaged(file.name, expected, found, str(file.parent))


def locked_package(name: str, wheel: LockedWheel, *, project: Path | None = None) -> LockedPackage:
    """A package of a wheel that is in the store; its version is that of the wheel.

    :raises InstallerFailed: when the wheel is one of another distribution.
    """
    identity = wheel_identity(wheel.filename)
    if identity is None or identity[0] != name:
        raise InstallerFailed(f"{wheel.filename} is not a wheel of {name}", "its name says so", "")
    return LockedPackage(name=name, version=identity[1], wheel=wheel, project=project)
