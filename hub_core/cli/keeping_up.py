"""Before a process that is outdated ends for its successor: the environment that is recorded is made here, while it serves on.

Another machine may have switched to it. Where it cannot be made, as without its wheels, this process goes on serving what
it serves, says so, and tries again.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from ..errors import HubError
from ..settings import HubSettings
from .launching import PROGRAM, runs_in_managed

log = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS: Final = 5.0
_LONGEST_PAUSE_SECONDS: Final = 60.0


def keep_up(settings: HubSettings, can_end: Callable[[], None]) -> None:
    """Call ``can_end`` once, as soon as a successor would run in what is recorded: at once in an environment made by hand."""
    if not runs_in_managed():
        can_end()
        return
    threading.Thread(target=_until_made, args=(settings, can_end), name="hub-keeps-up", daemon=True).start()


def _until_made(settings: HubSettings, can_end: Callable[[], None]) -> None:
    pause = _FIRST_PAUSE_SECONDS
    while (fault := _made(settings)) is not None:
        log.error(
            "the environment that is recorded cannot be made here; this process serves what it has, and tries again in %.0f s: %s",
            pause, fault,
        )  # fmt: skip
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    can_end()


def _made(settings: HubSettings) -> str | None:
    """Why the environment is not there; ``None`` when it is. Made by another process: this one has requests to answer."""
    from ..operations.locked import is_recorded_here  # who never comes here starts without it

    try:
        if is_recorded_here(settings):
            return None
    except (HubError, SQLAlchemyError) as error:
        return str(error)
    command = [sys.executable, "-c", PROGRAM, "follow"]
    ran = subprocess.run(  # noqa: S603 the command is the hub's own
        command, cwd=settings.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return None if ran.returncode == 0 else " ".join((ran.stderr or ran.stdout).split())
