"""Who works here, for the journal and for those who wait: a user and a process."""

import getpass
import os
import socket


def this_actor() -> str:
    """``ada on host, pid 7``; a user without a name is known by number."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"user {os.getuid()}"
    return f"{user} on {socket.gethostname()}, pid {os.getpid()}"
