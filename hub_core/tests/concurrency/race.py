"""Several ``hub up`` begin at the same instant on one database; what they say, what the journal says, what they serve."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from typing import Final

import httpx2
from sqlalchemy import select

from hub_core.database import connect, parse_url
from hub_core.registry import history, tables
from hub_core.tests.concurrency.slow_releases import APPLIED
from hub_core.tests.kill.children import PATIENCE_SECONDS, Child
from hub_core.tests.kill.releases import SUBJECT_READS, WITNESS_READS
from hub_core.tests.kill.stage import Trial

MIGRATED: Final = re.compile(rb"subject: ran (subject_\d)")
READY: Final = re.compile(rb"ready: (http://\S+)")


@dataclass
class Entrant:
    """One ``hub up``, and what it has said so far."""

    child: Child
    applied: list[str] = field(default_factory=list)
    address: str = ""
    ready_at: float = 0.0
    """When it said that it serves, in seconds of the clock on the wall."""
    said: list[str] = field(default_factory=list)

    def listen(self, *, until_applied: str = "") -> "Entrant":
        """Read what it says until it serves, has ended, or has applied a revision."""
        while (line := self.child.line(PATIENCE_SECONDS)) is not None:
            self.said.append(line.decode())
            if found := MIGRATED.search(line):
                self.applied.append(found[1].decode())
            if found := READY.search(line):
                self.address, self.ready_at = found[1].decode(), time.time()
                break
            if until_applied in self.applied:
                break
        return self

    def answers(self) -> list[int]:
        """What it answers over TCP: the witness, then the subject."""
        with httpx2.Client(base_url=self.address, timeout=PATIENCE_SECONDS, trust_env=False) as client:
            return [client.get(path).status_code for path in (WITNESS_READS, SUBJECT_READS)]


@contextmanager
def entered(trial: Trial, count: int, *, site: str = "release", without: Sequence[str] = ()) -> Iterator[list[Entrant]]:
    """Start ``count`` processes, let all of them begin at once, and end them with the block."""
    job = trial.job(site, "command", arguments=("up", "--yes", "--port", "0"), without=tuple(without))
    begins, held = os.pipe()
    children: list[Child] = []
    try:
        children += [trial.stage.helper.start(job, begins) for _ in range(count)]
        for child in children:
            assert child.line() == b"ready to begin"
        os.close(held)
        held = -1
        yield [Entrant(child) for child in children]
    finally:
        for descriptor in (begins, held):
            if descriptor >= 0:
                os.close(descriptor)
        for child in children:
            child.end()


def listened(entrants: Sequence[Entrant]) -> None:
    """Read all of them at once."""
    with ThreadPoolExecutor(len(entrants)) as threads:
        list(threads.map(Entrant.listen, entrants))


def race(trial: Trial, count: int, *, without: Sequence[str] = ()) -> list[str]:
    """Everything that is wrong after ``count`` processes began at once."""
    with entered(trial, count, without=without) as entrants:
        listened(entrants)
        faults = [f"{each.child.pid} does not serve: {each.said[-3:]}" for each in entrants if not each.address]
        faults += [
            f"{each.child.pid} answers {answers}"
            for each in entrants
            if each.address and (answers := each.answers()) != [200, 200]
        ]
        appliers = [each.applied for each in entrants if each.applied]
        if appliers != [APPLIED]:
            faults.append(f"appliers: {appliers}")
        return faults + journal_faults(trial, entrants)


def journal_faults(trial: Trial, entrants: Sequence[Entrant]) -> list[str]:
    """What the journal says against one applier, for whom the others waited."""
    with connect(parse_url(trial.url), read_only=True) as connection:
        rows = [(row.after, row.outcome) for row in history(connection, "subject")]
        operations = connection.execute(select(tables.operations).order_by(tables.operations.c.id)).all()
    faults = []
    if rows != [("subject_1", "done"), *((revision, "done") for revision in APPLIED)]:
        faults.append(f"the journal shows {rows}")
    carried_out = [
        each for each in operations[1:] if each.outcome != "interrupted"
    ]  # the first brought up what stood before
    if len(carried_out) != 1 or carried_out[0].outcome != "done":
        return [*faults, f"operations: {[each.outcome for each in operations[1:]]}"]
    ended = carried_out[0].finished_at.astimezone(UTC).timestamp()
    early = [each.child.pid for each in entrants if each.address and each.ready_at < ended]
    return faults + [f"{early} served before the migration was done"] * bool(early)
