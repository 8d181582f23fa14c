"""A hub's folder with real environments of one small distribution in several releases, and a database that records locks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_core.database import connect, parse_url
from hub_core.operations.environment_drift import environment_drift
from hub_core.operations.locked import Wanted, wanted
from hub_core.operations.up import up
from hub_core.packages import Environment, Environments, Lock, build, lock_text, workshop, write_lock
from hub_core.registry import RecordedLock, next_generation, recorded_digests, recorded_lock
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
