"""The same kills and the same judgement with one mechanism taken out: it must be red, or the proof is none."""

import re

import pytest

from hub_core.tests.kill.campaign import every_point
from hub_core.tests.kill.environments.conftest import EnvironmentStaged
from hub_core.tests.kill.environments.scenario import UPGRADING
from hub_core.tests.kill.environments.stage import EnvironmentStage


@pytest.mark.timeout(600)
def test_without_what_holds_it_the_environment_is_left_half_done(environment_stage: EnvironmentStaged) -> None:
    with environment_stage(UPGRADING) as ready:
        assert _red(ready, "journal", "after COMMIT", 2, "then up: operation upgrade has no end")
        assert _red(
            ready, "switch in one step", "after unlink current", 1, "what is current is no complete environment"
        )
        assert _red(ready, "complete last", "before start of python compileall", 1, "environment 2 is mixed")
        assert _red(ready, "built aside", "after end of uv pip install", 1, "environment 1 is mixed")


def _red(ready: EnvironmentStage, mechanism: str, moment: str, from_last: int, told: str) -> bool:
    """Whether a kill at a moment is found to leave what it must not; with the mechanism, the same moment is harmless."""
    points = [number for number, name in enumerate(ready.rehearsed(without=(mechanism,))) if name == moment]
    tally = every_point(ready, points[-from_last:][:1], without=(mechanism,))
    print(f"without {mechanism}:", tally.line(ready))
    return any(re.search(told, each) for each in tally.violations)
