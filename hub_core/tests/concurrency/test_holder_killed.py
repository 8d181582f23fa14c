"""The process that migrates is killed while others wait for it: the next one goes on at once, and all of them serve."""

import select
import time

import pytest

from hub_core.database import connect, parse_url
from hub_core.registry import history
from hub_core.tests.concurrency.race import Entrant, entered, journal_faults, listened
from hub_core.tests.concurrency.slow_releases import APPLIED, LONG_STATEMENT, SLOW_COMMIT, SLOW_UPGRADE
from hub_core.tests.kill.conftest import ALL, Staged
from hub_core.tests.kill.databases import Store
from hub_core.tests.kill.scenario import Scenario
from hub_core.tests.kill.stage import Trial

TIMES = 25 if ALL else 1
AT_ONCE_SECONDS = 7.0
"""Generous: PostgreSQL asks every few seconds whether the client of a long statement is still there."""


def _first(entrants: list[Entrant], revision: str = APPLIED[0]) -> Entrant:
    """The one that has applied a revision; the others say nothing while they wait."""
    while True:
        readable, _, _ = select.select([each.child.file for each in entrants], [], [], 60)
        assert readable, "nobody migrates"
        for entrant in entrants:
            if entrant.child.file in readable and revision in entrant.listen(until_applied=revision).applied:
                return entrant


def _killed_and_followed(trial: Trial, count: int, faults: list[str]) -> float:
    """Kill the holder in its second revision; how long until another one has applied the first anew."""
    with entered(trial, count) as entrants:
        holder = _first(entrants)
        time.sleep(0.3)  # into the second revision
        killed = time.monotonic()
        holder.child.kill()
        others = [each for each in entrants if each is not holder]
        _first(others)
        after = time.monotonic() - killed
        listened(others)
        faults += [f"{each.said}" for each in others if not each.address or each.answers() != [200, 200]]
        if [each.applied for each in others if each.applied] != [APPLIED]:
            faults.append(f"appliers: {[each.applied for each in others]}")
        faults += journal_faults(trial, others)
        return after


@pytest.mark.parametrize("scenario", [SLOW_UPGRADE, LONG_STATEMENT], ids=["between statements", "within a statement"])
@pytest.mark.timeout(3600 if ALL else 120)
def test_the_next_one_goes_on_at_once(scenario: Scenario, stage: Staged) -> None:
    with stage(scenario, rehearse=False) as ready:
        faults: list[str] = []
        took = []
        for _ in range(TIMES):
            with ready.trial() as trial:
                took.append(_killed_and_followed(trial, 3, faults))
        longest, middle = max(took), sorted(took)[len(took) // 2]
        print(
            f"{scenario.name} | {ready.store.kind} | holder killed {TIMES} times | median {middle:.2f} s, longest {longest:.2f} s"
        )
        assert faults == []
        assert longest < AT_ONCE_SECONDS


def test_a_commit_that_outlives_its_process_is_waited_for(stage: Staged, store: Store) -> None:
    """PostgreSQL frees the lock of a dead leader at once, and may still be at work on the COMMIT that was its last word."""
    if store.kind == "sqlite":
        return  # the process that is dead was the database
    with stage(SLOW_COMMIT, rehearse=False) as ready, ready.trial() as trial, entered(trial, 2) as entrants:
        holder = _first(entrants, APPLIED[-1])
        time.sleep(0.3)  # into the COMMIT
        holder.child.kill()
        others = [each for each in entrants if each is not holder]
        listened(others)
        assert [(each.answers(), each.applied) for each in others] == [([200, 200], [])], others
        with connect(parse_url(trial.url), read_only=True) as connection:
            journal = [(row.after, row.outcome) for row in history(connection, "subject")]
        assert journal == [(revision, "done") for revision in ("subject_1", *APPLIED)]
