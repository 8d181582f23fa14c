"""What the hub asks of a tool that installs. uv and pip both answer, and are held to the same tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from .asked import ResolvedPackage
from .bench import Bench, Question
from .lock import Lock, LockedWheel
from .wheel_store import WheelStore


class Installer(Protocol):
    """uv or pip. Each method raises the errors of this room, and leaves nothing but what it was asked for."""

    @property
    def name(self) -> str:
        """``uv`` or ``pip``."""

    @property
    def links_from_cache(self) -> bool:
        """Whether a file in an environment may be the same file as one in the tool's cache."""

    def resolve(self, question: Question, bench: Bench) -> tuple[ResolvedPackage, ...]:
        """Choose a release of everything that is needed; a dry run.

        :raises PackagesConflict, PackageNotFound, IndexUnreachable, BuildFailed: when there is none.
        """

    def choose(self, question: Question, bench: Bench) -> Mapping[str, str]:
        """The versions of the same answer by normalised name, from metadata alone: no file is fetched to be measured.

        A project whose version only building it would tell has an empty one.

        :raises PackagesConflict, PackageNotFound, IndexUnreachable, BuildFailed: when there is none.
        """

    def download(self, wanted: tuple[str, ...], into: Path, bench: Bench) -> None:
        """Fetch files into a folder; each line of ``wanted`` is a requirement with the hashes it may have."""

    def download_releases(self, pins: tuple[str, ...], into: Path, bench: Bench) -> None:
        """Fetch the wheel of each of these exact releases into a folder, and nothing that they require; soon or not at all.

        :raises PackageNotFound: naming one that the source does not have.
        :raises HubError: when the source is away.
        """

    def build_wheel(self, source: Path, into: Path, bench: Bench) -> Path:
        """Build a project's folder, or a source archive, into a wheel in ``into``.

        :raises BuildFailed: when that does not work.
        """

    def install(self, lock: Lock, store: WheelStore, python: Path, bench: Bench, *, fresh: bool = False) -> None:
        """Put exactly the wheels of ``lock`` into the environment of ``python``; each must have its hash.

        :param fresh: whether nothing that was unpacked before may be used.
        """

    def install_editable(self, project: Path, python: Path, bench: Bench) -> None:
        """Put a project's metadata and the link to its folder into the environment of ``python``, nothing it requires."""


def locked_lines(lock: Lock, store: WheelStore) -> str:
    """A requirements file that has one answer: each wheel by version and hash, none from anywhere but the store."""
    wheels: list[LockedWheel] = [package.wheel for package in lock.packages]
    links = [f"--find-links {store.path(wheel).parent.as_uri()}" for wheel in wheels]
    pins = [f"{package.name}=={package.version} --hash=sha256:{package.wheel.sha256}" for package in lock.packages]
    return "\n".join(["--no-index", *links, *pins, ""])
