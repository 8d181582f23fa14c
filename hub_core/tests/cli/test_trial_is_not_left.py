"""A hub that is started on trial ends with whoever tries it, also when that one is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hub_core.operations.up import up
from hub_core.settings import read_settings

TRIES = """
import os, pathlib, sys, time
from hub_core.cli import trial
from hub_core.settings import read_settings

def hears(process, *_):
    print(process.pid, flush=True)
    if os.environ["AT"] == "serving":
        print(process.stdout.readline().decode(), flush=True)
    time.sleep(600)

trial._fault = hears
trial.serving_fault(pathlib.Path(sys.executable), read_settings(pathlib.Path.cwd(), database_url=sys.argv[1]))
"""


@pytest.fixture
def prepared(tmp_path: Path, database_url: str) -> str:
    up(read_settings(tmp_path, database_url=database_url), agree=lambda plan: None, on_revision=lambda run: None)
    return database_url


@pytest.fixture
def trying(tmp_path: Path, prepared: str, at: str) -> "Iterator[subprocess.Popen[str]]":
    """A process that has started a hub on trial, and hears from it no more."""
    with subprocess.Popen(
        [sys.executable, "-c", TRIES, prepared],
        cwd=tmp_path,
        env={**os.environ, "AT": at},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def runs(pid: int) -> bool:
    """Whether a process is at work yet."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("at", ["its first step", "serving"])
def test_it_ends_with_who_is_killed(trying: "subprocess.Popen[str]", at: str) -> None:
    assert trying.stdout is not None
    pid = int(trying.stdout.readline())
    if at == "serving":
        assert "ready" in trying.stdout.readline()
    assert runs(pid)
    trying.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while runs(pid):
        assert time.monotonic() < until
        time.sleep(0.05)
