"""Processes that start at the same instant: one migrates, the others wait for it and then serve."""

import pytest

from hub_core.tests.concurrency.race import race
from hub_core.tests.concurrency.slow_releases import SLOW_UPGRADE
from hub_core.tests.kill.conftest import ALL, Staged

TIMES = 50 if ALL else 1
MEETINGS = 10


@pytest.mark.parametrize("count", [2, 8])
@pytest.mark.timeout(3600 if ALL else 120)
def test_one_migrates_and_the_others_wait_and_serve(count: int, stage: Staged) -> None:
    with stage(SLOW_UPGRADE) as ready:
        faults = []
        for _ in range(TIMES):
            with ready.trial() as trial:
                faults += race(trial, count)
                faults += ready.mixed(trial.dump(), killed="nobody")
        print(f"{count} at once | {ready.store.kind} | times {TIMES} | faults {len(faults)}")
        assert faults == []


@pytest.mark.timeout(600)
def test_without_the_lock_they_get_in_each_others_way(stage: Staged) -> None:
    """All begin the same migration: the databases' own locks let one of them through, and the others fail.

    On a busy machine the first may be done before the second comes, so they meet more than once.
    """
    with stage(SLOW_UPGRADE) as ready:
        for _ in range(MEETINGS):
            with ready.trial() as trial:
                faults = race(trial, 8, without=("lock",))
            print(f"without the lock | {ready.store.kind}: {len(faults)} faults:", *faults[:4])
            if faults:  # with the lock there are none
                return
        pytest.fail(f"nobody was in anybody's way in {MEETINGS} meetings; the last: {faults}")
