"""Watch one probed process until it has told its outcome, has ended, or has used its time; none of it is left then."""

import json
import os
import select
import signal
import time
from contextlib import suppress
from typing import Any, Final

from .changed_process import shortened
from .changes import started
from .confinement import Confinement
from .left_running import COPY_WENT_ON, GRACE_SECONDS, command_of
from .lines import Lines
from .orphans import end_orphans, running_orphans
from .probe_child import NOT_CONFINED, NOT_TOLD, PIPE_GONE
from .probed import BABBLE

_SLICE: Final = 0.02
"""Seconds between looks at whether the child, and whoever asked, are still there."""
_SHORT_SLICE: Final = 0.002
"""The same when the child has closed its pipe, which it does by ending."""
_BABBLE: Final = {"kind": "died", "text": BABBLE}
_CODES: Final = {
    NOT_CONFINED: "the process it was to be imported in could not be confined",
    PIPE_GONE: "it closed files that are not its own",
    COPY_WENT_ON: "it goes on in a copy of the process and not in the process itself",
    NOT_TOLD: "it broke what it takes to describe it",
}
"""What the exit codes of a child mean that ended without a last word."""


class Watch:
    """Watches the child that tells through ``reading`` what ``module`` is."""

    def __init__(self, module: str, child: int, reading: int, confinement: Confinement) -> None:
        self._module, self._child, self._confinement = module, child, confinement
        self._seconds = confinement.limits.seconds
        self._lines = Lines(reading)
        self._at = {"module": module, "phase": "import"}
        self._status: int | None = None
        self._is_closed = False
        self._computed = 0.0

    def outcome(self) -> dict[str, Any]:
        """The child's last word, else how it ended, as ``Probed`` has it."""
        began = time.monotonic()
        try:
            told = self._told(began + self._seconds)
            if "description" in told and (daemons := self._daemons()):
                told = {**self._at, "kind": "changes", "text": daemons}
        finally:
            self._end()
        if told.get("kind") == "slow":
            told["text"] += ", waiting" if self._computed < self._seconds / 10 else ", computing"
        told = {
            "description": None,
            "surface": None,
            "details": "",
            "phase": "",
            "kind": "described",
            "text": "",
            "remedy": "",
            **told,
        }
        if told.get("module", self._module) != self._module:
            told |= {
                "text": f"{told['phase']} of {told['module']}, which it requires: {told['text']}",
                "phase": "requirements",
            }
        return {**told, "module": self._module, "seconds": round(time.monotonic() - began, 4)}

    def _told(self, until: float) -> dict[str, Any]:
        while time.monotonic() < until:
            self._look()
            try:
                line = self._line()
            except TimeoutError:
                if self._status is not None:
                    return {**self._at, **self._ending(self._status)}
                continue
            except ValueError:
                return {**self._at, **_BABBLE}
            match line:
                case {"description": dict() as description, "surface": dict() as surface}:
                    return {"description": description, "surface": surface}
                case {"kind": str()}:
                    return {**self._at, **line}
                case {"module": str(), "phase": str()}:
                    self._at = line
                case _:
                    return {**self._at, **_BABBLE}
        return {**self._at, "kind": "slow", "text": f"took longer than {self._seconds:g} s"}

    def _line(self) -> Any:
        """The next line the child told.

        :raises TimeoutError: when there is none yet, or none will come.
        """
        if not self._is_closed:
            # A child that has ended says no more, though what it started may keep the pipe open.
            line = self._lines.next(_SLICE if self._status is None else 0)
            if line is not None:
                return json.loads(line)
            self._is_closed = True
        elif self._status is None:
            time.sleep(_SHORT_SLICE)
        raise TimeoutError

    def _look(self) -> None:
        """See whether the child has ended, and end all when nobody waits for the answer any more."""
        if self._status is None:
            self._wait(os.WNOHANG)
        if select.select([0], [], [], 0)[0]:  # nothing is sent while a module is probed: the other side is gone
            raise SystemExit

    def _ending(self, status: int) -> dict[str, Any]:
        if not os.WIFSIGNALED(status):
            code = os.WEXITSTATUS(status)
            return {"kind": "died", "text": _CODES.get(code, f"it ended the process with exit code {code}")}
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return {"kind": "slow", "text": "used too much processor time"}
        return {"kind": "killed", "text": f"killed by {_name_of(number)}"}

    def _end(self) -> None:
        """Leave nothing of the child: not itself, not what it started."""
        with suppress(OSError):
            os.killpg(self._child, signal.SIGKILL)
        if self._status is None:
            with suppress(OSError):
                os.kill(self._child, signal.SIGKILL)
            self._wait(0)
        end_orphans(self._end_all)

    def _wait(self, options: int) -> None:
        ended, status, used = os.wait4(self._child, options)
        if ended:
            self._status, self._computed = status, used.ru_utime + used.ru_stime

    def _daemons(self) -> str:
        """What still runs after the child has ended, having left it: what it started itself, it has told."""
        until = time.monotonic() + self._seconds
        while self._status is None and time.monotonic() < until:  # on a busy machine ending takes its time, too
            time.sleep(_SHORT_SLICE / 4)
            self._wait(os.WNOHANG)
        until = time.monotonic() + GRACE_SECONDS
        while running_orphans() and time.monotonic() < until:
            time.sleep(_SHORT_SLICE / 4)
        return shortened(started("process", "processes", sorted(map(command_of, running_orphans()))))

    def _end_all(self) -> None:
        if self._confinement.user is not None:
            self._confinement.user.end_all()


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
