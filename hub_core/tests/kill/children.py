"""The test's side: start children of the warm helper, hear what they tell, kill them, learn how they ended."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hub_core.tests.kill.child import Job

REPOSITORY: Final = Path(__file__).parents[3]
PATIENCE_SECONDS: Final = 100.0


@dataclass
class Child:
    """One process that works."""

    pid: int
    helper: "Helper"
    file: int
    _read: bytearray = field(default_factory=bytearray)
    _status: int | None = None

    def line(self, seconds: float = PATIENCE_SECONDS) -> bytes | None:
        """The next line it tells; ``None`` when it has ended.

        :raises TimeoutError: when there is none in time.
        """
        until = time.monotonic() + seconds
        while (end := self._read.find(b"\n")) < 0:
            if not select.select([self.file], [], [], max(0.0, until - time.monotonic()))[0]:
                raise TimeoutError
            more = os.read(self.file, 2**16)
            if not more:
                return None
            self._read += more
        line = bytes(self._read[:end])
        del self._read[: end + 1]
        return line

    def told(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any] | None:
        """The next line as JSON."""
        line = self.line(seconds)
        return None if line is None else json.loads(line)

    def kill(self) -> int:
        """SIGKILL, from outside; answers how it ended."""
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> int:
        """How it ended: an exit code, or minus the signal that ended it."""
        if self._status is None:
            self._status = self.helper.ask({"wait": self.pid})["status"]
            os.close(self.file)
        return self._status

    def end(self) -> None:
        """Make sure that it does not go on."""
        if self._status is None:
            self.kill()


class Helper:
    """The warm process; see ``warm.py``."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        assert self._wire.recv(65536) == b"{}"

    def ask(self, request: dict[str, Any], *files: int) -> dict[str, Any]:
        """Ask and hear the answer."""
        socket.send_fds(self._wire, [json.dumps(request).encode()], files)
        answer: dict[str, Any] = json.loads(self._wire.recv(65536))
        return answer

    def start(self, job: Job, begins: int | None = None) -> Child:
        """Let a child do a job, at once or when the other end of ``begins`` is closed."""
        mine, its = os.pipe()
        try:
            answer = self.ask(job.as_json(), its, *(() if begins is None else (begins,)))
        finally:
            os.close(its)
        return Child(answer["pid"], self, mine)


@contextmanager
def helper(python: str = sys.executable, folder: Path = REPOSITORY) -> Iterator[Helper]:
    """A warm process for the length of the block: of the interpreter of an environment, begun in a folder."""
    mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    command = [python, "-m", "hub_core.tests.kill.warm", str(its.fileno())]
    with subprocess.Popen(command, cwd=folder, env=variables, pass_fds=[its.fileno()]), mine:
        its.close()
        yield Helper(mine)  # closing the wire ends it
