"""Real ``hub`` processes for tests: started in a folder, read line by line, always ended."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from hub_core.tests.warm_process import WarmProcess

PROGRAM = "import sys; from hub_core.cli.main import main; sys.exit(main())"
PATIENCE_SECONDS = 60
warm: WarmProcess | None = None


def environment(path: Path | None = None, **variables: str) -> dict[str, str]:
    """The environment of a child: nothing of the hub's own but ``variables``; ``path`` holds sample modules."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return {**kept, **({"PYTHONPATH": str(path)} if path else {}), "PYTHONUNBUFFERED": "1", **variables}


def run_hub(
    folder: Path, *arguments: str, path: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, without a terminal, where that can be in a fork of a process that has imported all."""
    if warm is None or any(name.startswith(("PYTHON", "LANG", "LC_")) for name in variables):
        return run_new_hub(folder, *arguments, path=path, **variables)
    return warm.hub([*arguments], folder, environment(path, **variables), PATIENCE_SECONDS)


def run_new_hub(
    folder: Path, *arguments: str, path: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        env=environment(path, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@dataclass
class HubProcess:
    """A hub that serves. ``output`` grows as it is read; ``log`` is the file of its standard error."""

    process: subprocess.Popen[bytes]
    log: Path
    output: str = ""
    address: str = ""
    patience: float = PATIENCE_SECONDS
    _pending: bytes = field(default=b"", repr=False)

    def read_until(self, pattern: str) -> str:
        """Read standard output until a line matches, and answer the first group."""
        assert self.process.stdout is not None
        until = time.monotonic() + self.patience
        while not (found := re.search(pattern, self.output, re.MULTILINE)):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
            chunk = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not chunk:
                raise AssertionError(f"no {pattern!r} in:\n{self.output}\n{self.log.read_text()}")
            self.output += chunk.decode()
        return found.group(1)

    def client(self, token: str | None = None) -> httpx2.Client:
        """A client over TCP."""
        return httpx2.Client(
            base_url=self.address,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=self.patience,
        )

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(self.patience)


@contextmanager
def serving(
    folder: Path,
    *arguments: str,
    path: Path | None = None,
    variables: Mapping[str, str] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Iterator[HubProcess]:
    """Start ``hub up --yes`` (or ``arguments``) on a free port and wait until it says it is ready."""
    log = folder / "stderr.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *(arguments or ("up", "--yes")), "--port", "0"],
            cwd=folder,
            env=environment(path, **(variables or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    hub = HubProcess(process, log, patience=patience)
    try:
        hub.address = hub.read_until(r'^(?:ready: |\{"ready": ")(http://[\w.:]+)')
        yield hub
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
