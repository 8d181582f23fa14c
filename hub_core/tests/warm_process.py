"""Processes without the seconds that their imports take: forked from one that has done them.

Most tests want a hub or a command of it, and each hub probes its modules. What they see is what is answered; how the true
processes start is tested in ``tests/loading``, and wherever a hub serves.
"""

import importlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from hub_core.loading import probe, probe_helper

_LARGEST = 1 << 20


class WarmProcess:
    """The process that is forked from, or a way to it.

    :param to: a socket that it listens to; a new process is started where there is none.
    """

    def __init__(self, to: socket.socket | None = None) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket = to or self._start()

    def _start(self) -> socket.socket:
        own, other = _pair()
        with other:
            command = [sys.executable, "-P", "-m", __name__, str(other.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[other.fileno()])
        return own

    def close(self) -> None:
        """End it. What was forked ends with those who asked for it."""
        self._socket.close()
        if self._process is not None:
            self._process.wait()

    def helper(self, command: list[str], *, stderr: IO[bytes], **_: Any) -> "WarmHelper":
        """What ``Popen(command, …)`` would be, for the command of the probe."""
        arguments = command[command.index(probe_helper.__name__) + 1 :]
        stdin, stdout = os.pipe(), os.pipe()
        process = self._fork("probe", arguments, dict(os.environ), Path.cwd(), stdin[0], stdout[1], stderr.fileno())
        os.close(stdin[0])
        os.close(stdout[1])
        return WarmHelper(*process, os.fdopen(stdin[1], "wb"), os.fdopen(stdout[0], "rb"))

    def hub(
        self, arguments: list[str], folder: Path, environment: dict[str, str], seconds: float
    ) -> "subprocess.CompletedProcess[str]":
        """What ``subprocess.run(["hub", *arguments], …)`` would be, without a terminal."""
        with Path(os.devnull).open("rb") as nothing, _file() as output, _file() as errors, _file() as code:
            files = (each.fileno() for each in (nothing, output, errors, code))
            pid, process = self._fork("hub", arguments, environment, folder, *files)
            try:
                if not select.select([process], [], [], seconds)[0]:
                    os.kill(pid, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(arguments, seconds)
            finally:
                os.close(process)
            told = [_content(each) for each in (output, errors, code)]
        return subprocess.CompletedProcess(arguments, int(told[2] or -1), told[0], told[1])

    def _fork(
        self, what: str, arguments: list[str], environment: dict[str, str], folder: Path, *files: int
    ) -> tuple[int, int]:
        """The number of the new process, and a file that can be read once it has ended."""
        told = {"what": what, "arguments": arguments, "environment": environment, "folder": str(folder)}
        socket.send_fds(self._socket, [json.dumps(told).encode()], [*files])
        answer, (process,), _, _ = socket.recv_fds(self._socket, 64, 1)
        return int(answer), process


class WarmHelper:
    """As much of ``Popen`` as the probe uses."""

    def __init__(self, pid: int, process: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid, self._process, self.stdin, self.stdout = pid, process, stdin, stdout

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def wait(self) -> None:
        """Wait for its end."""
        select.select([self._process], [], [])
        os.close(self._process)


def _pair() -> tuple[socket.socket, socket.socket]:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for each in (one, other):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
    return one, other


def _file() -> IO[bytes]:
    return os.fdopen(os.memfd_create("output"), "w+b")


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return io.TextIOWrapper(io.BytesIO(file.read()), "utf-8").read()


def main(number: int) -> None:
    """Fork for each one who asks, until the first of them is gone."""
    from hub_core.cli import main as _  # noqa: F401 - what takes long

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who has ended is gone
    probe_helper.warm_up()
    first = socket.socket(fileno=number)
    asking = [first]
    while True:
        for asked in select.select(asking, [], [])[0]:
            text, files, _flags, _address = socket.recv_fds(asked, _LARGEST, 4)
            if not text and asked is first:
                return
            if not text:
                asking.remove(asked)
                asked.close()
                continue
            told = json.loads(text)
            other = None
            if told["what"] == "hub":
                own, other = _pair()
                asking.append(own)
            child = os.fork()
            if child == 0:
                for each in asking:
                    each.close()
                _become(told, files, other)
            process = os.pidfd_open(child)
            socket.send_fds(asked, [str(child).encode()], [process])
            for file in (process, *files):
                os.close(file)
            if other is not None:
                other.close()


def _become(told: dict[str, Any], files: list[int], to: socket.socket | None) -> None:
    code = 70
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, file in enumerate(files[:3]):
            os.dup2(file, number)
            os.close(file)
        os.chdir(told["folder"])
        os.environ.clear()
        os.environ.update(told["environment"])
        time.tzset()
        if to is None:
            os.setsid()
            sys.argv = ["", *told["arguments"]]
            probe_helper.main()
            code = 0
        else:
            code = _be_hub(told["arguments"], to)
            os.write(files[3], str(code).encode())
    finally:
        os._exit(code)


def _be_hub(arguments: list[str], to: socket.socket) -> int:
    """What ``python -P -c`` would do."""
    added = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    sys.argv, sys.path[:0] = ["-c", *arguments], added
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace")
    probe.launched = WarmProcess(to).helper  # type: ignore[assignment]
    from hub_core.cli.main import main as run

    code = _exit_code(run)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code


def _exit_code(run: Callable[[], int | None]) -> int:
    try:
        return run() or 0
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    main(int(sys.argv[1]))
