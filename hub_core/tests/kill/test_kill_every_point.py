"""SIGKILL before and after every statement, COMMIT and rename of an operation: everything is as before or as after."""

import pytest

from hub_core.tests.kill.campaign import every_point, spread
from hub_core.tests.kill.conftest import ALL, EVERY, Staged
from hub_core.tests.kill.scenario import MOVING, MOVING_BACK, SCENARIOS, Scenario

SAMPLE = 2


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.timeout(3600 if ALL else 120)
def test_killed_at_any_point_it_is_whole_or_not_at_all(name: str, stage: Staged) -> None:
    _killed(SCENARIOS[name], stage)


@pytest.mark.parametrize("scenario", [MOVING, MOVING_BACK], ids=lambda each: each.name)
@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
@pytest.mark.timeout(3600 if ALL else 120)
def test_killed_while_it_moves_it_lies_in_one_schema_or_the_other(scenario: Scenario, stage: Staged) -> None:
    _killed(scenario, stage)


def _killed(scenario: Scenario, stage: Staged) -> None:
    with stage(scenario) as ready:
        points = range(0, len(ready.points), EVERY) if ALL else spread(ready.points, SAMPLE)
        tally = every_point(ready, points)
        print(tally.line(ready))
        assert tally.violations == []
        assert tally.kills == len(points) > SAMPLE
