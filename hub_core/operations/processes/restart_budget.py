"""How often this hub may die: a module that takes it along is quarantined, and a hub that cannot stay up starts safely.

A process that dies is started again by whoever watches over it, at once and for ever. Erlang's supervisors taught to count:
so many restarts in so much time, and then something else must happen.
"""

import fcntl
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from ...catalog import FoundModule, read_sealed, write_sealed
from ...settings import HubSettings
from .deaths import Death, deaths_since
from .process_note import FOLDER

FILE: Final = "deaths.json"
SHORT_SECONDS: Final = 60.0
"""A process that dies younger than this has not come up."""
_KEPT: Final = 100
_LARGEST: Final = 64 * 2**20
_WRITER: Final = b"deaths 1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A module that is not run again until its files change or somebody enables it anew."""

    hash: str
    at: float
    phase: str
    deaths: int
    traceback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is remembered: the latest deaths, and who is quarantined because of earlier ones."""

    deaths: tuple[Death, ...] = ()
    quarantined: Mapping[str, Quarantined] = field(default_factory=dict)

    def looped(self, settings: HubSettings, now: float) -> tuple[Death, ...]:
        """The deaths that show that the hub cannot stay up, in the time that counts, and that no quarantine accounts for.

        As many as the budget has of processes that did not come up, or twice as many of any age; else none.
        """
        since = now - settings.restart_window_seconds
        recent = tuple(each for each in self.deaths if since <= each.at <= now)
        young = tuple(each for each in recent if each.lived < SHORT_SECONDS)
        if len(recent) >= 2 * settings.restart_budget:
            return recent
        return young if len(young) >= settings.restart_budget else ()


def ledger(settings: HubSettings) -> Ledger:
    """What is remembered now."""
    match read_sealed(settings.state_folder / FILE, _WRITER, _LARGEST):
        case {"deaths": list(deaths), "quarantined": dict(quarantined)}:
            return Ledger(
                deaths=tuple(map(Death.from_json, deaths)),
                quarantined={name: Quarantined(**each) for name, each in quarantined.items()},
            )
    return Ledger()


def reckon(settings: HubSettings, modules: Callable[[], Iterable[FoundModule]]) -> Ledger:
    """Take up who died since, and quarantine the module that is at the bottom of it, if that can be told.

    Where the state folder cannot be written this is told anew each time, as long as the notes are there.

    :param modules: that are installed; asked when a process left a traceback.
    """
    if not (settings.state_folder / FOLDER).is_dir():
        return ledger(settings)
    with _changing(settings) as book:
        found = deaths_since(settings.state_folder, modules)
        if not found.deaths:
            found.forget()
            return book
        after = _judged(settings, replace(book, deaths=(*book.deaths, *found.deaths)[-_KEPT:]), time.time())
        _write(settings, after)
        if ledger(settings) == after:
            found.forget()
        return after


def release(settings: HubSettings, module: str) -> bool:
    """Forget what was held against a module; whether there was anything."""
    if module not in ledger(settings).quarantined:
        return False
    with _changing(settings) as book:
        kept = {name: each for name, each in book.quarantined.items() if name != module}
        _write(settings, replace(book, quarantined=kept))
    return True


def forget_deaths(settings: HubSettings) -> None:
    """Count from the beginning."""
    if not ledger(settings).deaths:
        return
    with _changing(settings) as book:
        _write(settings, replace(book, deaths=()))


def _judged(settings: HubSettings, book: Ledger, now: float) -> Ledger:
    recent = [death for death in book.deaths if now - settings.restart_window_seconds <= death.at <= now]
    counted = Counter((each.module, each.hash) for death in recent for each in death.suspects)
    guilty = _at_the_bottom(counted, settings.restart_budget)
    if guilty is None:
        return book
    last, suspect = next(
        (death, each) for death in reversed(recent) for each in death.suspects if (each.module, each.hash) == guilty
    )
    explained = [death for death in recent if any((each.module, each.hash) == guilty for each in death.suspects)]
    quarantined = Quarantined(
        hash=suspect.hash, at=last.at, phase=suspect.phase, deaths=len(explained), traceback=last.traceback
    )
    return Ledger(
        deaths=tuple(death for death in book.deaths if death not in explained),
        quarantined={**book.quarantined, suspect.module: quarantined},
    )


def _at_the_bottom(counted: Counter[tuple[str, str]], budget: int) -> tuple[str, str] | None:
    """The module that was there most often, at least ``budget`` times; nobody where two were as often."""
    match counted.most_common(2):
        case [(guilty, times), *others] if times >= budget and all(other[1] < times for other in others):
            return guilty
    return None


@contextmanager
def _changing(settings: HubSettings) -> Iterator[Ledger]:
    """Let nobody else change it meanwhile, as far as the folder can be written."""
    file = None
    with suppress(OSError):
        file = os.open(settings.state_folder / f"{FILE}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield ledger(settings)
    finally:
        if file is not None:
            os.close(file)


def _write(settings: HubSettings, book: Ledger) -> Ledger:
    quarantined = {
        name: {
            "hash": each.hash,
            "at": each.at,
            "phase": each.phase,
            "deaths": each.deaths,
            "traceback": each.traceback,
        }
        for name, each in book.quarantined.items()
    }
    value = {"deaths": [death.as_json() for death in book.deaths], "quarantined": quarantined}
    write_sealed(settings.state_folder / FILE, _WRITER, value, 0o600)
    return book


def moment(at: float) -> str:
    """A day and a time."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d at %H:%M:%S} UTC"
