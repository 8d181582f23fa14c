"""The folder of caches, environments and the embedded database, made by whoever first changes something."""

from ..errors import HubError
from ..settings import HubSettings


class StateFolderNotWritable(HubError):
    """The folder of the embedded database cannot be made."""

    code = "state_folder_not_writable"

    def __init__(self, settings: HubSettings, error: OSError) -> None:
        super().__init__(
            f"cannot make the folder {settings.state_folder}",
            cause=error.strerror or str(error),
            remedy="Run the hub in a folder that it may write, or set HUB_STATE_DIR or HUB_DATABASE_URL",
        )


def make_state_folder(settings: HubSettings) -> None:
    """Make it, if it is not there.

    :raises StateFolderNotWritable: when the database would lie in it.
    """
    try:
        settings.state_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if settings.database_url:
            return  # nothing is kept there then but caches
        raise StateFolderNotWritable(settings, error) from error
