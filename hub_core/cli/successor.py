"""The process that takes the place of one whose modules are not those that are recorded any more.

It is the same process with another program in it: who watches over it sees no end. It has the same listening socket, in
which those wait who connect meanwhile. It begins as this one began, whatever modules have changed of folder and variables since.
"""

import logging
import os
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from ..errors import HubError
from ..operations.falling_back import fall_back
from ..operations.locked import is_recorded_here
from ..packages import Environments
from ..settings import HubSettings
from .json_output import given_back
from .launching import PROGRAM, enter, enter_current
from .serving import LISTEN_FD, OUTDATED, Trial
from .trial import serving_fault

log = logging.getLogger(__name__)


class Successor:
    """How this process goes on when it is outdated. What was changed is applied; so it only serves, and asks nobody.

    :param noting: whether it writes down what does not come up, as this process does.
    """

    def __init__(
        self,
        settings: HubSettings,
        listening: socket.socket,
        *,
        workers: int,
        preload: bool,
        as_json: bool,
        noting: bool,
    ) -> None:
        self._settings = settings
        self._variables = dict(os.environ)
        self._listening = os.dup(listening.fileno())  # uvicorn closes the socket it is given
        self._arguments = ["serve", "--host", settings.host, "--port", str(settings.port), "--workers", str(workers)]
        self._arguments += ["--preload"] * preload + ["--json"] * as_json + ["--noting"] * noting
        self._tried: str | None = None
        self._looks = 0
        if settings.safe_mode is not None:
            self._arguments.append("--safe-mode" if settings.safe_mode else "--no-safe-mode")

    def next_trial(self) -> Trial:
        """A trial of what is recorded now, for whoever looks: this process, or one that it forks."""
        current = Environments(self._settings.state_folder).current()
        name = current.name if current else ""
        self._looks = self._looks + 1 if name == self._tried else 1
        self._tried = name
        return partial(self._is_well, self._looks)

    def _is_well(self, look: int) -> bool:
        try:
            return self._can_start(look)
        except Exception as error:  # whoever looks goes on to look
            log.error("whether the hub would start anew could not be found out: %s: %s", type(error).__name__, error)
            return False

    def _can_start(self, look: int) -> bool:
        """Whether the hub starts in what is recorded, which is made here first: another machine may have changed it.

        It is tried with what this process has around it. When it does not start that is said. When it does not either at the
        second look, and that is another environment, made here, the hub falls back to the one before, which is tried next.

        :param look: the how many-th it is at this environment.
        """
        if (fault := self._not_made()) is not None:
            if look == 1:
                log.error(
                    "the environment that is recorded cannot be made here; this process serves what it has, and tries again: %s",
                    fault,
                )
            return False
        environments = Environments(self._settings.state_folder)
        current, here = environments.current(), environments.running_in()
        python = current.python if current else Path(sys.executable)
        fault = serving_fault(python, self._settings, self._variables)
        if fault is None:
            return environments.current() == current
        if look == 1:
            log.error(
                "what was changed cannot be served, this process goes on as it is: the hub does not start: %s", fault
            )
        elif here is not None and current is not None and current != here:
            self._fall_back(f"the hub does not start in environment {current.name}: {fault}", is_first=look == 2)
        return False

    def _not_made(self) -> str | None:
        """Why the environment is not here; made by another process: this one has requests to answer."""
        try:
            if is_recorded_here(self._settings):
                return None
        except (HubError, SQLAlchemyError) as error:
            return str(error)
        ran = subprocess.run(  # noqa: S603 the command is the hub's own
            [sys.executable, "-P", "-c", PROGRAM, "follow"],
            cwd=self._settings.folder,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return None if ran.returncode == 0 else " ".join((ran.stderr or ran.stdout).split())

    def _fall_back(self, reason: str, *, is_first: bool) -> None:
        try:
            number = fall_back(self._settings, reason=reason)
        except Exception as error:  # somebody else may be changing something; the next look tries again
            log.log(logging.ERROR if is_first else logging.DEBUG, "the hub does not go back by itself: %s", error)
        else:
            if number is not None:
                log.error("%s; the hub goes back by itself, operation %d", reason, number)

    def take_over(self, code: int) -> int:
        """Answer ``code``, unless it is :data:`OUTDATED`; then this does not return."""
        if code == OUTDATED:
            os.chdir(self._settings.folder)
            os.environ.clear()
            os.environ.update(self._variables)
            os.set_inheritable(self._listening, True)
            os.environ[LISTEN_FD] = str(self._listening)
            with given_back():
                enter_current(self._arguments)
                enter(Path(sys.executable), self._arguments)
        return code
