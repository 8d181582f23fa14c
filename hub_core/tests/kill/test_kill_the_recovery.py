"""SIGKILL again while the hub recovers from the first one; what comes after has it right."""

import random

import pytest

from hub_core.tests.kill.campaign import spread, the_recovery
from hub_core.tests.kill.conftest import ALL, EVERY, Staged
from hub_core.tests.kill.scenario import RAISING, SCENARIOS

FIRST, SECOND = (20, max(1, 10 // EVERY)) if ALL else (2, 1)


@pytest.mark.parametrize("name", SCENARIOS if ALL else [RAISING.name])
@pytest.mark.timeout(3600 if ALL else 120)
def test_killed_while_it_recovers_it_is_whole_or_not_at_all(name: str, stage: Staged) -> None:
    seed = random.SystemRandom().randrange(10**6)
    with stage(SCENARIOS[name]) as ready:
        tally = the_recovery(ready, spread(ready.points, FIRST), SECOND, random.Random(seed))
        print(tally.line(ready), f"| seed {seed}")
        assert tally.violations == [], f"seed {seed}"
        assert tally.kills >= FIRST * SECOND
