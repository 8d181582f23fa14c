"""One process changes a database at a time, and a dead one holds nobody up."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub_core.database import DatabaseMissing, LeaderBusy, leader_lock, parse_url

HOLD = """
import sys
from hub_core.database import leader_lock, parse_url
with leader_lock(parse_url(sys.argv[1]), wait_seconds=5):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(database_url: str) -> "Iterator[subprocess.Popen[str]]":
    """Another process that holds the lock until its standard input ends."""
    command = [sys.executable, "-c", HOLD, database_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process


def test_the_lock_is_free_again_after_the_block(database_url: str) -> None:
    url = parse_url(database_url)
    for _ in range(2):
        with leader_lock(url, wait_seconds=0):
            pass


def test_one_waits_until_the_other_is_done(database_url: str) -> None:
    url = parse_url(database_url)
    order: list[str] = []
    with holder(database_url) as process:

        def wait() -> None:
            with leader_lock(url, wait_seconds=30):
                order.append("second")

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.3)
        order.append("first")
        assert process.stdin
        process.stdin.close()
        thread.join(30)
    assert order == ["first", "second"]


def test_who_waits_too_long_is_told_who_holds_it(database_url: str) -> None:
    url = parse_url(database_url)
    with holder(database_url) as process:
        with pytest.raises(LeaderBusy) as raised, leader_lock(url, wait_seconds=0.1):
            pass
        said = raised.value
        assert re.fullmatch(
            rf"pid {process.pid} on {re.escape(socket.gethostname())} since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
            said.holder,
        )
        assert str(said) == (
            f"another process is changing the database {url.masked}\n"
            f"cause: after 0.1 s the lock is still held by {said.holder}\n"
            "remedy: Wait until it is done, or end it; the lock is free as soon as it ends"
        )
        assert said.code == "leader_busy"


def test_the_lock_of_a_killed_process_is_free_at_once(database_url: str) -> None:
    with holder(database_url) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed = time.monotonic()
        with leader_lock(parse_url(database_url), wait_seconds=30):
            free_after = time.monotonic() - killed
    assert free_after < 5


def test_two_threads_exclude_each_other_too(database_url: str) -> None:
    url = parse_url(database_url)
    with (
        leader_lock(url, wait_seconds=0),
        pytest.raises(LeaderBusy, match=f"pid {os.getpid()}"),
        leader_lock(url, wait_seconds=0),
    ):
        pass


def test_two_databases_have_two_locks(tmp_path: Path) -> None:
    with (
        leader_lock(parse_url(f"sqlite:///{tmp_path}/one.db"), wait_seconds=0),
        leader_lock(parse_url(f"sqlite:///{tmp_path}/two.db"), wait_seconds=0),
    ):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["one.db.lock", "two.db.lock"]


def test_a_missing_folder_is_named_before_the_lock_is_tried(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing), leader_lock(parse_url(f"sqlite:///{tmp_path}/no/hub.db"), wait_seconds=0):
        pass
