"""The process that takes the place of one whose modules are not those that are recorded any more.

It is the same process with another program in it: who watches over it sees no end. It has the same listening socket, in
which those wait who connect meanwhile.
"""

import os
import socket
import sys
from pathlib import Path

from ..settings import HubSettings
from .launching import enter, enter_current
from .serving import LISTEN_FD, OUTDATED


class Successor:
    """How this process goes on when it is outdated. What was changed is applied; so it only serves, and asks nobody."""

    def __init__(
        self, settings: HubSettings, listening: socket.socket, *, workers: int, preload: bool, as_json: bool
    ) -> None:
        self._listening = os.dup(listening.fileno())  # uvicorn closes the socket it is given
        self._arguments = ["serve", "--host", settings.host, "--port", str(settings.port), "--workers", str(workers)]
        self._arguments += ["--preload"] * preload + ["--json"] * as_json
        if settings.safe_mode is not None:
            self._arguments.append("--safe-mode" if settings.safe_mode else "--no-safe-mode")

    def take_over(self, code: int) -> int:
        """Answer ``code``, unless it is :data:`OUTDATED`; then this does not return."""
        if code == OUTDATED:
            os.set_inheritable(self._listening, True)
            os.environ[LISTEN_FD] = str(self._listening)
            enter_current(self._arguments)
            enter(Path(sys.executable), self._arguments)
        return code
