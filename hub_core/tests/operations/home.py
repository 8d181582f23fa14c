"""A hub's folder with real environments of one small distribution in several releases, and a database that records locks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_core.database import connect, parse_url
from hub_core.operations.environment_drift import environment_drift
from hub_core.operations.locked import Wanted, file_lock, lock_of, settle, wanted
from hub_core.operations.up import up
from hub_core.packages import Environment, Environments, Lock, build, lock_text, workshop, write_lock
from hub_core.registry import (
    DONE,
    RecordedLock,
    finish_operation,
    generation,
    next_generation,
    note_step,
    recorded_digests,
    recorded_lock,
    start_operation,
)
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.packages.conftest import Place
from hub_core.tests.packages.small_wheels import wheel


@dataclass
class Home:
    """What lies there, and what is done with it."""

    place: Place
    url: str

    @property
    def settings(self) -> HubSettings:
        return read_settings(self.place.folder, **self.changes)

    @property
    def changes(self) -> dict[str, Any]:
        return {"database_url": self.url, "wheelhouse": self.place.wheelhouse, "installer": "uv"}

    def lock(self, version: str) -> Lock:
        return self.place.lock(f"shop=={version}")

    def build(self, version: str) -> Environment:
        lock = self.lock(version)
        with workshop(self.settings) as at:
            return build(lock, at)

    def record(self, lock: Lock) -> None:
        """As another machine does it that switches."""
        text = lock_text(lock, self.settings.folder, Environments(self.settings.state_folder).wheels)
        with connect(parse_url(self.url)) as connection:
            next_generation(connection, RecordedLock(digest=lock.digest, text=text, environment="7"))
            connection.commit()

    def write(self, lock: Lock) -> None:
        write_lock(lock, self.settings.folder / "hub.lock", Environments(self.settings.state_folder).wheels)

    def drift(self) -> list[str]:
        with connect(parse_url(self.url)) as connection:
            return list(environment_drift(self.settings, recorded_lock(connection), recorded_digests(connection)))

    def wanted(self, *, applies_file: bool = True) -> tuple[str, bool] | None:
        """The release that is to run, and whether it may be switched to at once."""
        found: Wanted | None = wanted(self.settings, applies_file=applies_file)
        return (found.lock.by_name["shop"].version, found.is_recorded) if found else None


def new_home(folder: Path, database_url: str) -> Home:
    """With three releases on the shelf; brought up in what this process runs in."""
    place = Place(folder, "uv")
    for version in ("1.0", "2.0", "3.0"):
        wheel(place.wheelhouse, "shop", version)
    home = Home(place, database_url)
    (place.folder / "hub.toml").touch()
    up(home.settings, agree=lambda plan: None, on_revision=lambda run: None)
    return home


def switched(home: Home, version: str, *, module: str = "", outcome: str = DONE) -> Environment:
    """As an operation leaves it that moves to another environment, with a step of a module or without."""
    lock = home.lock(version)
    built = next(iter(Environments(home.settings.state_folder).having(lock.digest)), None) or home.build(version)
    recorded = lock_of(home.settings, built)
    with connect(parse_url(home.url)) as connection:
        intent = {"environment": built.name, "lock": recorded.digest, "before": generation(connection).lock}
        started = start_operation(connection, kind="upgrade", detail=[version], intent=intent)
        if module:
            note_step(connection, started, kind="enable", module=module, text=f"enable {module}", before=None)
        if outcome == DONE:
            next_generation(connection, recorded)
        finish_operation(connection, started, outcome=outcome)
        connection.commit()
    if outcome == DONE:
        settle(home.settings, built)
    return built


def runs(home: Home) -> str:
    """The release that is recorded, that is the current one, and that hub.lock names."""
    environments, file = Environments(home.settings.state_folder), file_lock(home.settings)
    with connect(parse_url(home.url)) as connection:
        digest = generation(connection).lock
    now = environments.current()
    assert now is not None
    assert file is not None
    assert digest == now.lock.digest == file.digest
    return now.lock.by_name["shop"].version
