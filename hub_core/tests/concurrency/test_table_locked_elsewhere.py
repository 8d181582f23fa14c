"""Somebody holds a lock on the table to be changed: the migration gives up in time, and the old version keeps serving."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import psycopg
import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.tests.concurrency.race import Entrant, entered
from hub_core.tests.concurrency.slow_releases import SLOW_UPGRADE
from hub_core.tests.kill.conftest import Staged
from hub_core.tests.kill.releases import SUBJECT_READS, WITNESS_READS
from hub_core.tests.kill.stage import Trial

LONGEST_ANSWER_SECONDS = 5.0
HOLDER = "nightly report"


@contextmanager
def locked(trial: Trial) -> Iterator[None]:
    """Another session that has the table: on PostgreSQL one that only read of it, on SQLite one that writes."""
    if trial.stage.store.kind == "sqlite":
        with connect(parse_url(trial.url)) as connection:
            connection.execute(text("UPDATE subject_parent SET name = name"))
            yield
            connection.rollback()
        return
    with psycopg.connect(trial.url, application_name=HOLDER) as session:
        session.execute("SELECT count(*) FROM subject_parent")
        yield


class Asking(threading.Thread):
    """Asks a hub again and again, and keeps each status and how long it took."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.answers: list[tuple[int, float]] = []
        self._address, self._enough = address, threading.Event()

    def run(self) -> None:
        """Until :meth:`stop`."""
        with httpx2.Client(base_url=self._address, timeout=60, trust_env=False) as client:
            while not self._enough.wait(0.05):
                for path in (SUBJECT_READS, WITNESS_READS):
                    began = time.monotonic()
                    status = client.get(path).status_code
                    self.answers.append((status, time.monotonic() - began))

    def stop(self) -> list[tuple[int, float]]:
        """The answers."""
        self._enough.set()
        self.join()
        return self.answers


def _upgraded_meanwhile(trial: Trial) -> Entrant:
    """``hub up`` of the new version, to where it serves what it can."""
    with entered(trial, 1) as (newer,):
        newer.listen()
        if trial.stage.store.kind == "postgresql":
            assert newer.answers() == [200, 503], newer.said
        else:
            assert (newer.address, newer.child.wait()) == ("", 1), (
                newer.said
            )  # one writer at a time, whatever it writes
        return newer


@pytest.mark.timeout(180)
def test_the_old_version_keeps_serving_while_the_new_one_waits_in_vain(stage: Staged) -> None:
    with stage(SLOW_UPGRADE, rehearse=False) as ready, ready.trial() as trial:
        with entered(trial, 1, site="before") as (old,):
            old.listen()
            asking = Asking(old.address)
            with locked(trial):
                asking.start()
                began = time.monotonic()
                newer = _upgraded_meanwhile(trial)
                took = time.monotonic() - began
            answers = asking.stop()
            assert old.answers() == [200, 200]
        longest = max(seconds for _, seconds in answers)
        print(
            f"table locked elsewhere | {ready.store.kind} | gave up after {took:.1f} s | "
            f"{len(answers)} answers of the old version, longest {longest:.2f} s"
        )
        assert {status for status, _ in answers} == {200}
        assert longest < LONGEST_ANSWER_SECONDS
        assert newer.applied == []
        told = f"{newer.said}{ready.log()}"
        assert (HOLDER if ready.store.kind == "postgresql" else f"is locked by pid {os.getpid()}") in told
