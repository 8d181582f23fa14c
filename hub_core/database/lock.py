"""One process changes a database at a time; the others wait, and are told for whom.

Both locks are free the moment their holder dies, however it dies: the kernel drops a ``flock`` with the last open file,
PostgreSQL an advisory lock with its session. What is recorded about the holder only informs.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ..disk_space import disk_full_told
from ..errors import HubError
from .connection import connect
from .unreachable import sqlite_obstacle
from .url import DatabaseUrl

ADVISORY_KEY: Final = 0x6875625F6C656164
"""``hub_lead`` in ASCII; advisory locks are per database."""

_MIGRATING_KEY: Final = ADVISORY_KEY + 1
"""Shared by every session that migrates."""

_RETRY_SECONDS: Final = 0.05


class LeaderBusy(HubError):
    """Another process is changing the database; ``holder`` says which, as far as it is known."""

    code = "leader_busy"

    def __init__(self, url: DatabaseUrl, holder: str, waited: float) -> None:
        super().__init__(
            f"another process is changing the database {url.masked}",
            cause=f"after {waited:g} s the lock is still held by {holder}",
            remedy="Wait until it is done, or end it; the lock is free as soon as it ends",
        )
        self.holder = holder


@contextmanager
def leader_lock(url: DatabaseUrl, *, wait_seconds: float) -> Iterator[None]:
    """Hold the database's one lock for changes during the block.

    On PostgreSQL it needs a session of its own: a proxy that pools by transaction breaks it.

    :raises LeaderBusy: when another process still holds it after ``wait_seconds``.
    :raises DatabaseUnreachable: when the database, or the folder of an SQLite file, cannot be reached.
    """
    with _file_lock(url, wait_seconds) if url.kind == "sqlite" else _advisory_lock(url, wait_seconds):
        yield


@contextmanager
def _file_lock(url: DatabaseUrl, wait_seconds: float) -> Iterator[None]:
    if obstacle := sqlite_obstacle(url, read_only=False):
        raise obstacle
    path = url.sqlite_path.with_name(f"{url.sqlite_path.name}.lock")
    with disk_full_told(f"cannot make the lock {path}", path):
        lock = path.open("ab", buffering=0)
    with lock as file:
        _wait(url, wait_seconds, take=lambda: _try_flock(file.fileno()), holder=lambda: _written_holder(path))
        try:
            file.truncate(0)
            about = {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            }
            with suppress(OSError):  # it only informs; a full disk need not keep anybody from what fits in it
                file.write(json.dumps(about).encode())
            yield
        finally:
            file.truncate(0)  # the file stays: deleting it would let two processes lock two files of one name


@contextmanager
def _advisory_lock(url: DatabaseUrl, wait_seconds: float) -> Iterator[None]:
    with connect(url) as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        name = f"hub: pid {os.getpid()} on {socket.gethostname()}"[:63]
        connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})
        _wait(url, wait_seconds, take=lambda: _try_advisory(connection), holder=lambda: _connected_holder(connection))
        _wait(url, wait_seconds, take=lambda: _is_nobody_migrating(connection), holder=lambda: _DEAD_LEADER)
        yield
        with suppress(DBAPIError):  # closing is enough, but the server notices it a moment later
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_KEY})


def _wait(url: DatabaseUrl, seconds: float, *, take: Callable[[], bool], holder: Callable[[], str]) -> None:
    # Asked again and again: flock knows no limit, and a waiting pg_advisory_lock holds a snapshot, which the leader's
    # CREATE INDEX CONCURRENTLY would wait for.
    deadline = time.monotonic() + seconds
    while not take():
        if time.monotonic() >= deadline:
            raise LeaderBusy(url, holder(), seconds)
        time.sleep(_RETRY_SECONDS)


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _written_holder(path: Path) -> str:
    try:
        about = json.loads(path.read_text())
        return f"pid {about['pid']} on {about['host']} since {about['since']}"
    except (OSError, ValueError, KeyError):
        return "a process that has not said who it is"


def _try_advisory(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}))


_DEAD_LEADER: Final = "a migration whose process is gone and whose last statement PostgreSQL has not ended yet"


def note_migrating(connection: Connection, *, lasting: bool) -> None:
    """Let the next leader see that this session migrates: until its transaction ends or, ``lasting``, until it is closed.

    A leader's lock is free as soon as the process is dead. The COMMIT it sent last may still be under way then, on
    another session: who began at once would migrate from a revision that the tables have left a moment later.
    """
    call = "pg_advisory_lock_shared" if lasting else "pg_advisory_xact_lock_shared"
    connection.execute(text(f"SELECT {call}(:key)"), {"key": _MIGRATING_KEY})


def _is_nobody_migrating(connection: Connection) -> bool:
    statement = "SELECT CASE WHEN pg_try_advisory_lock(:key) THEN pg_advisory_unlock(:key) ELSE false END"
    return bool(connection.scalar(text(statement), {"key": _MIGRATING_KEY}))


def _connected_holder(connection: Connection) -> str:
    row = connection.execute(
        text("""
            SELECT a.application_name, a.backend_start
            FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
              AND l.classid = :high AND l.objid = :low
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """),
        {"high": ADVISORY_KEY >> 32, "low": ADVISORY_KEY & 0xFFFFFFFF},
    ).first()
    if row is None or not row.application_name:
        return "a process that has not said who it is"
    return f"{row.application_name.removeprefix('hub: ')} since {row.backend_start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
