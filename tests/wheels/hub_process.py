"""``hub up`` as a real process, from the first line it prints to the exit code after Ctrl-C."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx2

SECONDS = 60


class HubProcess:
    """A running hub: ``url``, ``token`` (when it was made by this start) and all it ``said``."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.url = self.token = ""
        self.said: list[str] = []

    def wait_until_ready(self) -> Self:
        """Read what the hub prints until it has told its address and how to sign in; the rest is kept aside."""
        alarm = threading.Timer(SECONDS, self._process.kill)
        alarm.start()
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(line.rstrip())
            label, _, rest = line.strip().partition(": ")
            if label == "token":
                self.token = rest
            if label == "ready":
                self.url = rest
            if self.url and f"{self.url}/sign-in" in line:
                break
        else:
            raise AssertionError("\n".join(["the hub ended before it was ready:", *self.said]))
        alarm.cancel()
        threading.Thread(target=self._read_on, daemon=True).start()
        return self

    def _read_on(self) -> None:
        assert self._process.stdout is not None
        self.said.extend(line.rstrip() for line in self._process.stdout)

    @property
    def process_id(self) -> int:
        """The process, for those who watch it from outside."""
        return self._process.pid

    def client(self, token: str | None) -> httpx2.Client:
        """An HTTP client of this hub, with a token or without."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30)

    def interrupt(self) -> int:
        """Press Ctrl-C and wait for the end: the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(SECONDS)

    def end(self) -> None:
        """Make sure that nothing is left running: ask first, for three that are killed young are a crash loop."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def clean_environment(folder: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """What the hub finds around it: nothing of this checkout, nothing of the tests."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **extra}


@contextmanager
def hub_up(hub: Path, folder: Path, database_url: str, **extra: str) -> Iterator[HubProcess]:
    """Run ``hub up --yes`` in ``folder`` on a free port until the block ends."""
    with _running([hub, "up", "--yes"], folder, database_url, extra) as running:
        yield running


@contextmanager
def hub_serve(hub: Path, folder: Path, database_url: str, **extra: str) -> Iterator[HubProcess]:
    """Run ``hub serve``, which changes nothing, until the block ends."""
    with _running([hub, "serve"], folder, database_url, extra) as running:
        yield running


@contextmanager
def _running(
    command: Sequence[str | Path], folder: Path, database_url: str, extra: Mapping[str, str]
) -> Iterator[HubProcess]:
    environment = clean_environment(folder, {"HUB_DATABASE_URL": database_url, "HUB_PORT": "0", **extra})
    process = subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    running = HubProcess(process)
    try:
        yield running.wait_until_ready()
    finally:
        running.end()
