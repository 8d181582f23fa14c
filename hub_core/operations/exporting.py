"""Bring what a hub runs in to another machine, as a folder of wheels with the lock that names them."""

from pathlib import Path

from ..errors import HubError
from ..packages import Environments, Exported, OnProgress, export, workshop
from ..settings import HubSettings


class NothingLocked(HubError):
    """The hub manages no environment here, so there is no lock of it."""

    code = "nothing_locked"

    def __init__(self) -> None:
        super().__init__(
            "there is no lock to export",
            cause="this environment was made by hand",
            remedy="Let the hub manage it: hub environment adopt; then run this again",
        )


def exported(settings: HubSettings, folder: Path, *, on_progress: OnProgress) -> Exported:
    """Write the wheels of the current environment, and its lock, into ``folder``.

    :raises NothingLocked: where the hub manages none.
    """
    environments = Environments(settings.state_folder)
    environment = environments.current() or environments.running_in()
    if environment is None:
        raise NothingLocked
    with workshop(settings, on_progress=on_progress) as at:
        return export(environment.lock, folder.absolute(), at, beside=settings.folder)
