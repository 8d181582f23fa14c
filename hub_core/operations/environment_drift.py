"""Where the environments of this machine are not what they should be: damaged, another than is recorded, or than hub.lock says."""

from collections.abc import Iterable, Iterator, Mapping

from ..errors import HubError
from ..manifest import range_text, read_range
from ..packages import (
    CURRENT,
    Environment,
    Environments,
    Lock,
    PackageChange,
    changes_between,
    changes_of,
    damage,
    versions_here,
)
from ..planning import Desired
from ..registry import RecordedLock
from ..resolution import Resolution
from ..settings import HubSettings
from .locked import LOCK_FILE, file_lock, stored_lock

_MOST_SHOWN = 5


def environment_drift(settings: HubSettings, now: RecordedLock | None, ran: Mapping[str, int]) -> Iterator[str]:
    """A sentence for each difference, with what mends it.

    :param now: what the database records.
    :param ran: the generations of locks that ran, by digest.
    """
    environments = Environments(settings.state_folder)
    here = environments.current() or environments.running_in()
    yield from _dangling(environments)
    if here is not None:
        yield from _damaged(here)
    try:
        file, recorded = file_lock(settings), stored_lock(settings, now) if now else None
        running = here.lock if here else None
    except HubError as error:
        yield f"{error.problem}: {error.cause}"
        return
    if here is not None and running and recorded and running.digest != recorded.digest and now:
        yield (
            f"environment {here.name} runs here, and the database records another one (generation {now.generation}): "
            f"{_moves(running, recorded)}; hub up makes it from its lock and goes on in it"
        )
    if here is None and recorded and now and file is None:
        yield from _by_hand(recorded, now.generation)
    if file is not None:
        yield from _file(file, running, recorded, ran)
    elif here is not None:
        yield f"{LOCK_FILE}, which says what runs here, is gone; hub up writes it"


def _by_hand(recorded: Lock, generation: int) -> Iterator[str]:
    moved = changes_between(versions_here(), {name: each.version for name, each in recorded.by_name.items()})
    if moved:
        yield (
            f"this environment was made by hand, and the database records one that the hub manages (generation {generation}): "
            f"{_shown(moved)}; hub environment adopt takes this one over, with hub.lock beside hub.toml hub up makes the other"
        )


def _dangling(environments: Environments) -> Iterator[str]:
    link = environments.folder / CURRENT
    if link.is_symlink() and environments.current() is None:
        yield f"{link} leads to {link.readlink()}, where no complete environment is; hub up makes it again from its lock"


def _damaged(here: Environment) -> Iterator[str]:
    faults = damage(here)
    for fault in faults[:_MOST_SHOWN]:
        yield f"environment {here.name}: {fault}; hub up makes the environment again from its lock"
    if len(faults) > _MOST_SHOWN:
        yield f"environment {here.name}: {len(faults) - _MOST_SHOWN} more such files"


def _file(file: Lock, running: Lock | None, recorded: Lock | None, ran: Mapping[str, int]) -> Iterator[str]:
    against = recorded or running
    if against is None:
        yield f"{LOCK_FILE} is there, and the hub manages no environment yet; hub up makes the one that it names"
    elif file.digest == against.digest:
        return
    elif (generation := ran.get(file.digest)) is not None:
        yield (
            f"{LOCK_FILE} is that of generation {generation}, and another one runs since: {_moves(file, against)}; "
            f"hub up keeps to what is recorded, hub environment use {LOCK_FILE} goes back"
        )
    else:
        yield f"{LOCK_FILE} never ran here: {_moves(against, file)}; hub up goes on in what it names"


def _moves(before: Lock, after: Lock) -> str:
    return _shown(changes_of(before, after)) or "the same releases from other wheels"


def _shown(moved: tuple[PackageChange, ...]) -> str:
    shown = ", ".join(map(_move, moved[:_MOST_SHOWN]))
    return f"{shown} and {len(moved) - _MOST_SHOWN} more" if len(moved) > _MOST_SHOWN else shown


def _move(change: PackageChange) -> str:
    return f"{change.name} {change.before or 'absent'} → {change.after or 'absent'}"


def range_drift(desired: Desired, resolution: Resolution, *, is_managed: bool) -> Iterable[str]:
    """The modules whose installed release is none that hub.toml asks for."""
    for name, wish in sorted(desired.modules.items()):
        found = resolution.chosen.get(name)
        if found is None or not wish.version:
            continue
        asked = read_range(wish.version)
        if not asked.contains(found.version, prereleases=True):
            text = range_text(asked)
            remedy = f"{'hub' if is_managed else 'pip'} install '{found.distribution}{asked}'"
            yield f"{name}: hub.toml asks for {text}, {found.version} is installed; {remedy}"
