"""What can go wrong between a wish and an environment, each as an error that names what is in the way.

None of them changes anything that runs: an environment is made aside, and whatever was begun is removed.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from ..errors import HubError

_MOST_SHOWN: Final = 10


class PackagesConflict(HubError):
    """No set of releases meets all requirements; the cause says who needs what, ``output`` is the tool's own answer."""

    code = "packages_conflict"

    def __init__(self, clauses: Iterable[str], output: str) -> None:
        super().__init__(
            "no releases meet all requirements at once",
            cause="; ".join(clauses),
            remedy="Ask for another release of one of those named, or leave one out",
        )
        self.output = output


class PackageNotFound(HubError):
    """Nothing in the source is what a requirement asks for."""

    code = "package_not_found"

    def __init__(
        self, requirement: str, source: str, *, needed_by: str = "", there: str = "", output: str = ""
    ) -> None:
        asked = f"{requirement}, which {needed_by} needs," if needed_by else requirement
        super().__init__(
            f"{asked} is not to be had from {source}",
            cause=f"there is {there}" if there else None,
            remedy="Correct the name or the range, or put a wheel of it there",
        )
        self.requirement, self.source, self.output = requirement, source, output


class IndexUnreachable(HubError):
    """The index does not answer, or refuses to."""

    code = "index_unreachable"

    def __init__(self, source: str, cause: str, output: str) -> None:
        super().__init__(
            f"{source} cannot be read",
            cause=cause,
            remedy="See that it answers and lets this machine in, then run this again; or set wheelhouse",
        )
        self.source, self.output = source, output


class SourceMissing(HubError):
    """A folder or file to install from is not there."""

    code = "package_source_missing"

    def __init__(self, what: str, path: Path) -> None:
        super().__init__(f"the {what} {path} is not there", remedy="Correct the path, or put it there")
        self.path = path


class BuildFailed(HubError):
    """A project or source archive cannot be built into a wheel."""

    code = "build_failed"

    def __init__(self, what: str, cause: str, output: str) -> None:
        super().__init__(
            f"{what} cannot be built into a wheel",
            cause=cause,
            remedy="Correct the project, and see that what it needs to be built is in the source; or install a wheel of it",
        )
        self.output = output


class InstallerMissing(HubError):
    """There is neither uv nor pip, or not the one that the settings ask for."""

    code = "installer_missing"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not there to install with", remedy="Run python -m pip install uv, or install pip")


class InstallerFailed(HubError):
    """uv or pip ended with an error the hub has no better words for; ``output`` is all it said."""

    code = "installer_failed"

    def __init__(self, problem: str, cause: str, output: str) -> None:
        super().__init__(problem, cause=cause, remedy="Correct what it says, then run this again")
        self.output = output


class WheelDamaged(HubError):
    """A wheel is not the one that the lock names by its hash."""

    code = "wheel_damaged"

    def __init__(self, wheel: str, expected: str, found: str, place: str) -> None:
        super().__init__(
            f"{wheel} is not the wheel that was locked",
            cause=f"its SHA-256 in {place} is {found}, locked is {expected}",
            remedy="Do not install it before you know who changed it; then remove it there and run this again",
        )
        self.wheel, self.expected, self.found = wheel, expected, found


class WheelMissing(HubError):
    """A wheel of a lock is not in the store."""

    code = "wheel_missing"

    def __init__(self, wheel: str, store: Path) -> None:
        super().__init__(
            f"{wheel} is not among the wheels in {store}",
            remedy="Let the hub fetch what is locked again, from a source that has it",
        )
        self.wheel = wheel


class LockedWheelsMissing(HubError):
    """Wheels of a lock are neither kept here nor in the source."""

    code = "locked_wheels_missing"

    def __init__(self, wheels: Sequence[str], source: str, cause: str | None = None) -> None:
        shown = ", ".join(wheels[:_MOST_SHOWN])
        more = f" and {len(wheels) - _MOST_SHOWN} more" if len(wheels) > _MOST_SHOWN else ""
        super().__init__(
            f"{shown}{more}, which the lock names by hash, cannot be had from {source}",
            cause=cause,
            remedy="Run hub environment export DIR where the lock was made, bring DIR here, and set HUB_WHEELHOUSE=DIR",
        )
        self.wheels, self.source = tuple(wheels), source


class LockInvalid(HubError):
    """A file is no lock the hub can use (PEP 751)."""

    code = "lock_invalid"

    def __init__(self, file: Path, cause: str) -> None:
        super().__init__(f"{file} is not a lock", cause=cause, remedy="Remove it, and let the hub write it again")
        self.file = file


class LockUnfit(HubError):
    """A lock was made for another Python, or for another kind of machine."""

    code = "lock_unfit"

    def __init__(self, locked: str, running: str) -> None:
        super().__init__(
            f"the lock was made for {locked}, and this is {running}",
            remedy="Run the hub with what the lock was made for; or remove hub.lock and install the modules anew here",
        )


class EnvironmentBroken(HubError):
    """An environment was made and is not what its lock says; all faults are named, and it was removed."""

    code = "environment_broken"

    def __init__(self, name: str, faults: tuple[str, ...]) -> None:
        super().__init__(
            f"environment {name} did not become what was locked, and was removed",
            cause="; ".join(faults),
            remedy="Correct what is named, then run this again",
        )
        self.name, self.faults = name, faults


class EnvironmentUnfinished(HubError):
    """An environment is not complete, or not there at all, so nothing may run in it."""

    code = "environment_unfinished"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no complete environment {name}",
            cause="it was never made, or its making was interrupted",
            remedy="Make it again, or choose another",
        )
        self.name = name


class EnvironmentTaken(HubError):
    """An environment cannot be given this name."""

    code = "environment_taken"

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(f"no environment can be made as {name}", cause=cause, remedy="Choose another name")
        self.name = name


class EnvironmentsBusy(HubError):
    """Another process, or what a killed one left running, is at work on the environments."""

    code = "environments_busy"

    def __init__(self, folder: Path, holder: str, waited: float) -> None:
        super().__init__(
            f"another process is at work in {folder}",
            cause=f"{holder} did not end within {waited:g} seconds",
            remedy="Wait until it is done, or end it; then run this again",
        )


class NotRepackable(HubError):
    """An installed distribution cannot become a wheel again."""

    code = "not_repackable"

    def __init__(self, distribution: str, cause: str) -> None:
        super().__init__(
            f"{distribution}, as it is installed, cannot be taken over as a wheel",
            cause=cause,
            remedy=f"Install it again from a wheel (pip install --force-reinstall {distribution}), then run this again",
        )
        self.distribution = distribution


class EnvironmentsNotWritable(HubError):
    """Nothing can be written where environments lie."""

    code = "environments_not_writable"

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(
            f"cannot write into {folder}, where the hub keeps its environments",
            cause=error.strerror or str(error),
            remedy="Let this user write there, or set HUB_STATE_DIR to a folder that it may write",
        )
