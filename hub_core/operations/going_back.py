"""Go on in an environment that was kept, or in that of a lock file: what a change begins with whose environment is there already."""

from pathlib import Path

from ..errors import HubError
from ..packages import (
    Environment,
    Environments,
    Lock,
    OnProgress,
    build,
    changes_of,
    damage,
    fetch_lock,
    occupy,
    read_lock,
    workshop,
)
from ..settings import HubSettings
from .preparing import Prepared
from .recovery import settle


class EnvironmentUnknown(HubError):
    """There is no environment of that name, and no lock file either."""

    code = "environment_unknown"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"there is no environment {name}, and no lock file of that name",
            cause=f"kept here: {', '.join(known)}" if known else "the hub manages no environment here",
            remedy="See hub environment list",
        )
        self.name = name


def going_back(settings: HubSettings, name: str, *, on_progress: OnProgress) -> Prepared | None:
    """The environment to go on in, made if it is not whole; ``None`` for the current one.

    :param name: that of an environment kept here, or the path of a lock file.
    :raises EnvironmentUnknown: when it is neither; and what :func:`fetch_lock` and :func:`build` raise.
    """
    settle(settings)
    environments = Environments(settings.state_folder)
    current = environments.current()
    lock = _lock(environments, settings.folder / name, name)
    if current is not None and current.lock.digest == lock.digest:
        return None
    chosen = next((each for each in environments.having(lock.digest) if not damage(each)), None)
    if chosen is None:
        with workshop(settings, on_progress=on_progress) as at:
            chosen = build(fetch_lock(lock, at), at)
    occupy(chosen.folder)
    return Prepared(
        environment=chosen,
        built_from=current.name if current else None,
        changes=changes_of(current.lock, lock) if current else (),
        distributions=frozenset(),
        moves_libraries=True,
    )


def _lock(environments: Environments, file: Path, name: str) -> Lock:
    found: Environment | None = environments.find(name)
    if found is not None:
        return found.lock
    if file.is_file():
        return read_lock(file)
    raise EnvironmentUnknown(name, tuple(each.name for each in environments.all()))
