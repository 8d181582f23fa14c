"""Who works here, for the journal and for those who wait: a user and a process, for whoever asked over HTTP."""

import getpass
import os
import socket

from ..registry import ASKED_BY


def this_actor() -> str:
    """``ada on host, pid 7``, behind who asked for it over HTTP; a user without a name is known by number."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"user {os.getuid()}"
    here = f"{user} on {socket.gethostname()}, pid {os.getpid()}"
    asked_by = ASKED_BY.get()
    return here if asked_by is None else f"{asked_by.principal} over HTTP; {here}"
