"""SIGKILL at instants that nobody chose: in the middle of a statement, a write, an import."""

import random

import pytest

from hub_core.tests.kill.campaign import at_random
from hub_core.tests.kill.conftest import ALL, Staged
from hub_core.tests.kill.scenario import FRESH, SCENARIOS, UPGRADE

KILLS = 200 if ALL else 2


@pytest.mark.parametrize("name", SCENARIOS if ALL else [FRESH.name, UPGRADE.name])
@pytest.mark.timeout(3600 if ALL else 120)
def test_killed_at_any_instant_it_is_whole_or_not_at_all(name: str, stage: Staged) -> None:
    seed = random.SystemRandom().randrange(10**6)
    with stage(SCENARIOS[name]) as ready:
        tally = at_random(ready, KILLS, random.Random(seed))
        print(tally.line(ready), f"| seed {seed}")
        assert tally.violations == [], f"seed {seed}"
        assert tally.kills == KILLS
