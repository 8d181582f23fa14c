"""Who works here, for the journal, for the audit log and for those who wait: a user and a process, or who asked over HTTP."""

import getpass
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub_hookspecs import uuid7

from ..registry import Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """Who asked over HTTP for what this process carries out. ``id`` is that of the request, and becomes the operation's."""

    id: str
    principal: str
    address: str | None = None


def this_actor(requested: Requested | None = None) -> str:
    """``ada on host, pid 7``, with who asked for it; a user without a name is known by number."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"user {os.getuid()}"
    here = f"{user} on {socket.gethostname()}, pid {os.getpid()}"
    return here if requested is None else f"{requested.principal} over HTTP; {here}"


def attempt_here(
    action: str,
    *,
    requested: Requested | None = None,
    modules: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    hashes: Mapping[str, str] | None = None,
) -> Attempt:
    """What the audit log says of something that is tried by this process."""
    return Attempt(
        id=requested.id if requested else uuid7().hex,
        action=action,
        actor=requested.principal if requested else this_actor(),
        channel="http" if requested else "command",
        address=requested.address if requested else None,
        modules=modules,
        options=options or {},
        hashes=hashes or {},
    )
