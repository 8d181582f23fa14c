"""Run pip or uv: in an environment of its own, heard, and gone with all it started when the hub does not wait any longer."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..disk_space import FULL, DiskFull, no_space
from .failures import InstallerFailed

_LONGEST_OUTPUT: Final = 200_000
_LONGEST_CAUSE: Final = 1000
_NO_SPACE: Final = tuple(os.strerror(number) for number in FULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a tool ended, and what it said, on both its outputs in the order it came."""

    code: int
    output: str

    @property
    def has_no_space(self) -> bool:
        """Whether it ended because a disk is full."""
        return any(text in self.output for text in _NO_SPACE)

    def told(self, problem: str, place: Path) -> Exception:
        """What to raise when nothing better can be said of it."""
        if self.has_no_space:
            return DiskFull(problem, no_space(place))
        return InstallerFailed(problem, last_words(self.output) or f"it ended with code {self.code}", self.output)


def run_tool(command: Sequence[str], environment: Mapping[str, str], folder: Path, held: int) -> Ran:
    """Run a tool to its end.

    :param folder: its working directory.
    :param held: an open file that it inherits and holds; see :func:`at_work`.
    :raises InstallerFailed: when it cannot be started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 the command is the hub's own
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(held,),
            start_new_session=True,
        )
    except OSError as error:
        raise InstallerFailed(f"{command[0]} does not start", error.strerror or str(error), "") from error
    with process:
        try:
            output, _ = process.communicate()
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return Ran(code=process.returncode, output=output.decode(errors="replace")[-_LONGEST_OUTPUT:])


def last_words(output: str) -> str:
    """The part of an output that says what went wrong, on one line: from the last ``error`` on."""
    lines = [
        line.strip() for line in output.splitlines() if line.strip() and not line.startswith(("WARNING", "[notice]"))
    ]
    begin = max((at for at, line in enumerate(lines) if line.lower().startswith("error")), default=None)
    chosen = lines[begin:] if begin is not None else lines[-3:]
    return " ".join(chosen)[:_LONGEST_CAUSE]
