"""The process that takes the place of one whose modules are not those that are recorded any more.

It is the same process with another program in it: who watches over it sees no end. It has the same listening socket, in
which those wait who connect meanwhile.
"""

import logging
import os
import socket
import sys
from pathlib import Path

from ..operations.going_back import go_back
from ..packages import Environments
from ..settings import HubSettings
from .launching import enter, enter_current
from .serving import LISTEN_FD, OUTDATED
from .trial import serving_fault

log = logging.getLogger(__name__)


class Successor:
    """How this process goes on when it is outdated. What was changed is applied; so it only serves, and asks nobody."""

    def __init__(
        self, settings: HubSettings, listening: socket.socket, *, workers: int, preload: bool, as_json: bool
    ) -> None:
        self._settings = settings
        self._listening = os.dup(listening.fileno())  # uvicorn closes the socket it is given
        self._arguments = ["serve", "--host", settings.host, "--port", str(settings.port), "--workers", str(workers)]
        self._arguments += ["--preload"] * preload + ["--json"] * as_json
        if settings.safe_mode is not None:
            self._arguments.append("--safe-mode" if settings.safe_mode else "--no-safe-mode")

    def can_start(self) -> bool:
        """Whether the hub starts in the environment that took the place of this process's; else it goes back to this one.

        Tried with what this process has around it. Where the environment is the same one, nothing is tried.
        """
        environments = Environments(self._settings.state_folder)
        current, here = environments.current(), environments.running_in()
        if current is None or current == here:
            return True
        fault = serving_fault(current.python, self._settings)
        if fault is None:
            return True
        log.error("the hub does not start in environment %s: %s; this process goes on", current.name, fault)
        if here is not None:
            try:
                number = go_back(
                    self._settings, here, reason=f"the hub does not start in environment {current.name}: {fault}"
                )
            except Exception as error:
                log.error("the hub stays in environment %s, and what starts next does not: %s", here.name, error)
            else:
                log.error("everything is as before in environment %s: operation %s", here.name, number)
        return False

    def take_over(self, code: int) -> int:
        """Answer ``code``, unless it is :data:`OUTDATED`; then this does not return."""
        if code == OUTDATED:
            os.set_inheritable(self._listening, True)
            os.environ[LISTEN_FD] = str(self._listening)
            enter_current(self._arguments)
            enter(Path(sys.executable), self._arguments)
        return code
