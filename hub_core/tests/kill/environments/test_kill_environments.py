"""SIGKILL at every step of what builds an environment and goes on in it: packages, switch, hooks, registry; and again in the
next command, which finishes or undoes what was cut off.
"""

import random

import pytest

from hub_core.tests.kill.campaign import every_point, the_recovery
from hub_core.tests.kill.conftest import ALL, EVERY
from hub_core.tests.kill.environments.conftest import EnvironmentStaged
from hub_core.tests.kill.environments.scenario import ENVIRONMENT_SCENARIOS, UPGRADING

KILLS = max(1, 5 // EVERY) if ALL else 1


@pytest.mark.parametrize("name", ENVIRONMENT_SCENARIOS if ALL else [UPGRADING.name])
@pytest.mark.timeout(14400 if ALL else 600)
def test_killed_at_any_step_the_environment_is_the_one_before_or_the_one_after(
    name: str, environment_stage: EnvironmentStaged
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    with environment_stage(ENVIRONMENT_SCENARIOS[name]) as ready:
        sample = ready.sample()
        points = sorted({*ready.distinct()[::EVERY], *sample}) if ALL else sample
        tally = every_point(ready, points)
        print(tally.line(ready))
        again = the_recovery(
            ready, sample[:: 1 if EVERY == 1 else 2] if ALL else sample[-3:-2], KILLS, random.Random(seed)
        )
        print(again.line(ready), f"| seed {seed}")
        assert [*tally.violations, *again.violations] == [], f"seed {seed}"
        assert tally.kills == len(points) > 5
        assert again.kills > 0
