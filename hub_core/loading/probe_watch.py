"""Watch one probed process until it has told its outcome, has ended, or has used its time; none of it is left then."""

import json
import os
import select
import signal
import time
from contextlib import suppress
from typing import Any, Final

from .lines import Lines
from .orphans import end_orphans
from .probe_child import PIPE_GONE

_SLICE: Final = 0.02
"""Seconds between looks at whether the child, and whoever asked, are still there."""
_SHORT_SLICE: Final = 0.002
"""The same when the child has closed its pipe, which it does by ending."""
_BABBLE: Final = {"kind": "died", "text": "it wrote into the pipe it was to be described through"}


class Watch:
    """Watches the child that tells through ``reading`` what ``module`` is."""

    def __init__(self, module: str, child: int, reading: int, seconds: float) -> None:
        self._module, self._child, self._seconds = module, child, seconds
        self._lines = Lines(reading)
        self._at = {"module": module, "phase": "import"}
        self._status: int | None = None
        self._is_closed = False

    def outcome(self) -> dict[str, Any]:
        """The child's last word, else how it ended, as ``Probed`` has it."""
        began = time.monotonic()
        try:
            told = self._told(began + self._seconds)
        finally:
            self._end()
        told = {"description": None, "phase": "", "kind": "described", "text": "", "remedy": "", **told}
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
                case {"description": dict() as description}:
                    return {"description": description}
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
            ended, status = os.waitpid(self._child, os.WNOHANG)
            self._status = status if ended else None
        if select.select([0], [], [], 0)[0]:  # nothing is sent while a module is probed: the other side is gone
            self._end()
            os._exit(0)

    def _ending(self, status: int) -> dict[str, Any]:
        if not os.WIFSIGNALED(status):
            code = os.WEXITSTATUS(status)
            if code == PIPE_GONE:
                return {"kind": "died", "text": "it closed files that are not its own"}
            return {"kind": "died", "text": f"it ended the process with exit code {code}"}
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
            _, self._status = os.waitpid(self._child, 0)
        end_orphans()


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
