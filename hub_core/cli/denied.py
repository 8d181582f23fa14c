"""Files that the system denies this process: told as any other error, for it is nobody's bug."""

import errno
import getpass
from typing import Final

from ..errors import HubError

_GIVE: Final = "Give {user} the right to it, or run the hub as the user that it belongs to"
_MAKE_ROOM: Final = "Make room there, and run the command again; what was begun is undone first"
_AWAY: Final = "Move away what lies there under that name, and run the command again"
_REMEDIES: Final = {
    errno.EACCES: _GIVE,
    errno.EPERM: _GIVE,
    errno.EISDIR: _AWAY,
    errno.ENOTDIR: _AWAY,
    errno.EROFS: "Let the hub have its state folder where it may write, with HUB_STATE_DIR",
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
}


class FileDenied(HubError):
    """The system does not let this process read or write a file or a folder."""

    code = "file_denied"


def denied(error: OSError) -> FileDenied | None:
    """The error to tell instead; ``None`` where nobody but the hub is to blame."""
    if (remedy := _REMEDIES.get(error.errno or 0)) is None:
        return None
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # of a number without a name, as in containers
        user = "this user"
    return FileDenied(
        f"{error.filename} cannot be used", cause=error.strerror or str(error), remedy=remedy.format(user=user)
    )
