"""An operation that was asked for over HTTP has a process that attends to it: one at a time on this machine.

Locks say who does. The one beside the events is held by the process that attends and by its command, so that it is free when
both are gone, however they ended; the one of the folder is held by those whose turn it is. The kernel drops them.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..settings import HubSettings
from .event_file import EventFile

PROGRAM: Final = "import sys; from hub_core.cli.main import main; sys.exit(main())"
VARIABLE: Final = "HUB_ATTEND"
"""Names the operation for ``hub attend``, and the descriptor of its lock, which it is handed."""


def lock_or_none(path: Path) -> int | None:
    """Take the lock of a file; its descriptor, or ``None`` where somebody else holds it."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    return opened


@dataclass(frozen=True, slots=True)
class Attended:
    """One operation of this machine, for who attends to it and for who wants to know whether anybody does."""

    file: EventFile

    @property
    def lock(self) -> Path:
        """Held as long as it is attended to."""
        return self.file.path.with_suffix(".attended")

    @property
    def turn(self) -> Path:
        """Held by the one whose turn it is."""
        return self.file.path.with_name("turn.lock")

    @property
    def _cancelled(self) -> Path:
        return self.file.path.with_suffix(".cancelled")

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody wants it to end."""
        return self._cancelled.exists()

    def cancel(self) -> None:
        """Tell the process that attends to it: as Ctrl-C would its command, which undoes what it did."""
        self._cancelled.touch(mode=0o600)

    def attend(self, settings: HubSettings, variables: Mapping[str, str]) -> None:
        """Start the process that attends to it, unless it has ended or one does; it goes on without this one.

        :param variables: its environment variables.
        :raises OSError: when no process can be started.
        """
        if (lock := lock_or_none(self.lock)) is None:
            return
        try:
            if not self.file.has_ended:
                self._start(settings, variables, lock)
        finally:
            os.close(lock)

    def _start(self, settings: HubSettings, variables: Mapping[str, str], lock: int) -> None:
        with self.file.log.open("ab") as log:
            subprocess.run(  # noqa: S603 - no shell, and our own interpreter; what stays is a process that this one starts
                [sys.executable, "-P", "-c", PROGRAM, "attend"],
                cwd=settings.folder,
                env={
                    **variables,
                    VARIABLE: f"{self.file.path.stem} {lock}",
                    "HUB_STATE_DIR": str(settings.state_folder),
                    "HUB_DATABASE_URL": settings.effective_database_url,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
                check=False,
            )
