"""The same kills and the same judgement with one mechanism taken out: it must be red, or the proof is none."""

import pytest

from hub_core.tests.kill.environments.conftest import EnvironmentStaged
from hub_core.tests.kill.environments.scenario import UPGRADING
from hub_core.tests.kill.environments.stage import EnvironmentStage


@pytest.mark.timeout(600)
def test_without_what_holds_it_the_environment_is_left_half_done(environment_stage: EnvironmentStaged) -> None:
    with environment_stage(UPGRADING) as ready:
        assert _red(ready, "journal", "before replace current.new current", "operation upgrade has no end")
        assert _red(ready, "switch in one step", "after unlink current", "what is current is no complete environment")
        assert _red(ready, "complete last", "before start of python compileall", "environment 2 is mixed")
        assert _red(ready, "built aside", "after end of uv pip install", "environment 1 is mixed")


def _red(ready: EnvironmentStage, mechanism: str, moment: str, told: str) -> bool:
    """Whether a kill at a moment is found to leave what it must not."""
    with ready.trial() as trial:
        trial.without = (mechanism,)
        name, _ = trial.kill_at(trial.operation(without=trial.without), moment)
        assert name == moment
        violations = trial.judged(killed=f"without {mechanism}, {moment}")
    print(*violations, sep="\n")
    return any(told in each for each in violations)
