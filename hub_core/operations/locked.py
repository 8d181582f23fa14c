"""hub.lock, beside hub.toml: exactly what is installed for this hub. Where both lie, a new machine comes to the same state."""

from typing import Final

from ..packages import Environment, Environments, OnProgress, build, fetch_lock, read_lock, workshop, write_lock
from ..settings import HubSettings
from .folders import obstacle_to_writing

LOCK_FILE: Final = "hub.lock"


def locked_environment(settings: HubSettings, *, on_progress: OnProgress) -> Environment | None:
    """The environment that hub.lock asks for, made if there is none; ``None`` where this process runs in it, or there is no lock.

    :raises LockInvalid: when the file is damaged, and what :func:`fetch_lock` and :func:`build` raise.
    """
    path = settings.folder / LOCK_FILE
    if not path.is_file():
        return None
    environments = Environments(settings.state_folder)
    wanted, here = read_lock(path), environments.running_in()
    if here is not None and here.lock == wanted:
        return None
    for known in reversed(environments.all()):
        if known.lock == wanted:
            return known
    with workshop(settings, on_progress=on_progress) as at:
        return build(fetch_lock(wanted, at), at)


def keep_lock(settings: HubSettings, environment: Environment) -> None:
    """Write hub.lock anew, where it can be written."""
    if not obstacle_to_writing(settings.folder):
        write_lock(environment.lock, settings.folder / LOCK_FILE, Environments(settings.state_folder).wheels)
