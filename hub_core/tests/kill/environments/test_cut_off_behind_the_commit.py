"""What was committed is finished by the next command, whichever it is: also by one that keeps few environments, or finds nothing to do."""

from dataclasses import replace

import pytest

from hub_core.tests.kill.environments.conftest import EnvironmentStaged
from hub_core.tests.kill.environments.scenario import UPGRADING
from hub_core.tests.kill.environments.stage import EnvironmentStage


@pytest.mark.timeout(600)
def test_what_is_cut_off_behind_its_commit_is_finished_by_the_next_command(
    environment_stage: EnvironmentStaged,
) -> None:
    with environment_stage(UPGRADING) as ready:
        assert _faults(ready, "before replace current.new current", HUB_ENVIRONMENTS_KEPT="0") == []
        assert _faults(ready, "before replace hub.lock.part hub.lock") == []


def _faults(ready: EnvironmentStage, moment: str, **variables: str) -> list[str]:
    """What is wrong when the upgrade was killed at a moment and is called again."""
    with ready.trial() as trial:
        name, _ = trial.kill_at(trial.operation(), moment)
        assert name == moment
        assert trial.journal().open == ("upgrade",)
        again = trial.recovery()
        told = trial.run(replace(again, variables={**again.variables, **variables}))
        assert told["code"] == 0, ready.log()
        return ready.unhealed(trial, killed=moment, is_asked=True)
