"""Which environment a hub runs in, on whichever machine: what hub.lock says, what the database records, what there is here.

hub.lock lies beside hub.toml and says exactly what is installed. It is an input, as hub.toml is: one that never ran yet is
applied by ``hub up``. Otherwise the database wins, which keeps every lock that ran: so a machine follows what another one
has changed, and one that was started again with an old hub.lock takes nothing back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..database import connect, parse_url
from ..errors import HubError
from ..packages import (
    Environment,
    Environments,
    Lock,
    LockInvalid,
    OnProgress,
    build,
    damage,
    fetch_lock,
    lock_text,
    occupy,
    parsed_lock,
    read_lock,
    workshop,
    write_lock,
)
from ..registry import RecordedLock, generation, recorded_lock
from ..settings import HubSettings
from .folders import obstacle_to_writing

log = logging.getLogger(__name__)

LOCK_FILE: Final = "hub.lock"
Tell = Callable[[str], None]


class EnvironmentLost(HubError):
    """The environment that the hub runs in here is gone or damaged, and nothing says what was in it."""

    code = "environment_lost"

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(
            f"environment {name} cannot run, and neither {LOCK_FILE} nor the database says what was in it",
            cause=cause,
            remedy=f"Put {LOCK_FILE} back; or let the hub manage the environment that it runs in now: hub environment adopt",
        )
        self.name = name


class EnvironmentBehind(HubError):
    """Another process has switched to another environment since this one was started."""

    code = "environment_behind"

    def __init__(self, number: int) -> None:
        super().__init__(
            "this environment ran before the one that the database records now; nothing was changed",
            cause=f"another process changed what runs meanwhile: generation {number}",
            remedy="Run the command again; it goes on in what is recorded",
        )
        self.number = number


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The lock of the environment to run in. ``is_recorded``: the database records it, so that it can be switched to at once."""

    lock: Lock
    is_recorded: bool
    why: str


def file_lock(settings: HubSettings) -> Lock | None:
    """What hub.lock says.

    :raises LockInvalid: when the file is damaged.
    """
    try:
        return read_lock(settings.folder / LOCK_FILE)
    except FileNotFoundError:
        return None


def stored_lock(settings: HubSettings, stored: RecordedLock) -> Lock:
    """A lock of the database, as if it stood in hub.lock here."""
    return parsed_lock(stored.text.encode(), settings.folder / LOCK_FILE)


def lock_here(settings: HubSettings) -> RecordedLock | None:
    """What this process runs in, as the database records it; ``None`` in an environment that somebody made by hand."""
    here = Environments(settings.state_folder).running_in()
    return None if here is None else lock_of(settings, here)


def lock_of(settings: HubSettings, environment: Environment) -> RecordedLock:
    """What is in an environment, as the database records it."""
    text = lock_text(environment.lock, settings.folder, Environments(settings.state_folder).wheels)
    return RecordedLock(digest=environment.lock.digest, text=text, environment=environment.name)


def wanted(settings: HubSettings, *, applies_file: bool, tell: Tell = lambda text: None) -> Wanted | None:
    """What to run in; ``None`` where nothing says so, as with environments that are made by hand.

    :param applies_file: whether a hub.lock that never ran counts, as for ``hub up``.
    """
    file, environments = file_lock(settings), Environments(settings.state_folder)
    now, ran = _in_database(settings, file)
    if file is not None and now is not None and file.digest == now.digest:
        return Wanted(lock=file, is_recorded=True, why=f"generation {now.generation}")
    if file is not None and ran is None and (applies_file or now is None):
        is_first = now is None and environments.current() is None
        return Wanted(lock=file, is_recorded=is_first, why=LOCK_FILE)
    if now is not None and (file is not None or environments.current() is not None):
        if file is not None and ran is not None:
            tell(
                f"{LOCK_FILE} is that of generation {ran.generation}, and the database records generation {now.generation}: "
                f"the hub runs as that says; to go back: hub environment use {LOCK_FILE}"
            )
        return Wanted(lock=stored_lock(settings, now), is_recorded=True, why=f"generation {now.generation}")
    here = environments.running_in() or environments.current()
    return Wanted(lock=_own_lock(here), is_recorded=True, why=f"environment {here.name}") if here and not now else None


def _own_lock(environment: Environment) -> Lock:
    try:
        return environment.lock
    except LockInvalid as error:
        raise EnvironmentLost(environment.name, str(error.cause)) from error


def _in_database(settings: HubSettings, file: Lock | None) -> tuple[RecordedLock | None, RecordedLock | None]:
    """What is recorded now, and when hub.lock was; nothing where no database answers: who needs one says so."""
    try:
        with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
            return recorded_lock(connection), recorded_lock(connection, file.digest) if file else None
    except (HubError, SQLAlchemyError):
        return None, None


def environment_to_enter(
    settings: HubSettings, *, applies_file: bool, on_progress: OnProgress, tell: Tell
) -> Environment | None:
    """The environment that this hub shall run in, made if there is none that is whole; ``None`` where this process runs in it.

    What is made and switched is told.

    :raises EnvironmentLost: when the current one cannot run and nothing says what was in it.
    :raises LockInvalid: when hub.lock is damaged, and what :func:`fetch_lock` and :func:`build` raise.
    """
    environments = Environments(settings.state_folder)
    what = wanted(settings, applies_file=applies_file, tell=tell)
    if what is None:
        _refuse_lost(environments)
        return None
    current, here = environments.current(), environments.running_in()
    found, faults = _whole(environments, what.lock.digest)
    if found is None:
        with workshop(settings, on_progress=on_progress) as at:
            found, _ = _whole(environments, what.lock.digest)  # another process may have made it meanwhile
            if found is None:
                at.environments.sweep(
                    settings.environments_kept, in_use=at.environments.never_current(), locks=[what.lock]
                )  # one of them may be on trial: see core_tables
                found = build(fetch_lock(what.lock, at), at)
        for name, fault in faults.items():
            tell(f"environment {name} is damaged: {fault}")
        tell(f"environment {found.name} was made from the lock of {what.why}")
    if found != here:
        occupy(found.folder)
    if found != current and (what.is_recorded or (current is not None and current.name in faults)):
        environments.switch(found.name)
        tell(f"the hub runs in environment {found.name} here")
    return None if found == here else found


def _whole(environments: Environments, digest: str) -> tuple[Environment | None, dict[str, str]]:
    """The first environment with this digest that nothing is wrong with, and what is wrong with those before it."""
    faults: dict[str, str] = {}
    for each in environments.having(digest):
        found = damage(each)
        if not found:
            return each, faults
        faults[each.name] = found[0] + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
    return None, faults


def _refuse_lost(environments: Environments) -> None:
    link = environments.folder / "current"
    if link.is_symlink() and environments.current() is None:
        raise EnvironmentLost(
            link.readlink().name, f"{link} leads to {link.readlink()}, where no complete environment is"
        )


def refuse_behind(connection: Connection, settings: HubSettings) -> None:
    """Under the leader's lock: another process may have changed what runs since this process was started.

    :raises EnvironmentBehind: when it runs in what ran before.
    """
    here, now = lock_here(settings), generation(connection)
    if here is not None and now.lock not in (None, here.digest) and recorded_lock(connection, here.digest) is not None:
        raise EnvironmentBehind(now.number)


def is_recorded_here(settings: HubSettings) -> bool:
    """Whether this process runs in what the database records, or in what somebody made by hand."""
    here = lock_here(settings)
    if here is None:
        return True
    with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
        return generation(connection).lock in (None, here.digest)


def take_up(settings: HubSettings, name: str, digest: str | None) -> None:
    """Switch to what an operation committed, by its content; where another machine has it, this one makes it when it comes up."""
    environments = Environments(settings.state_folder)
    found = {each.name: each for each in environments.having(digest)} if digest else {}
    chosen = found.get(name) or next(iter(found.values()), None) or (None if digest else environments.find(name))
    if chosen is not None:
        settle(settings, chosen)


def settle(settings: HubSettings, environment: Environment) -> None:
    """Make an environment the current one and write hub.lock anew, where either is another."""
    environments = Environments(settings.state_folder)
    if environments.current() != environment:
        environments.switch(environment.name)
    if _same_file(settings.folder / LOCK_FILE, environment.lock):
        return
    if obstacle := obstacle_to_writing(settings.folder):
        log.warning("hub.lock does not say what runs now, the database does: %s", obstacle)
    else:
        write_lock(environment.lock, settings.folder / LOCK_FILE, environments.wheels)


def _same_file(file: Path, lock: Lock) -> bool:
    try:
        return read_lock(file) == lock
    except (HubError, OSError):
        return False
