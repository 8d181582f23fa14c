"""What was committed is finished by the next command, whichever it is: also by one that keeps few environments, or finds nothing to do."""

import shutil
from dataclasses import replace

import pytest

from hub_core.tests.kill.environments.conftest import EnvironmentStaged
from hub_core.tests.kill.environments.scenario import UPGRADING
from hub_core.tests.kill.environments.stage import EnvironmentStage
from hub_core.tests.kill.releases import WITNESS_READS

SWITCH, LOCK = "before replace current.new current", "before replace hub.lock.part hub.lock"


@pytest.mark.timeout(600)
def test_what_is_cut_off_behind_its_commit_is_finished_by_the_next_command(
    environment_stage: EnvironmentStaged,
) -> None:
    with environment_stage(UPGRADING) as ready:
        assert _after_up(ready, SWITCH) == []
        assert _after_up(ready, LOCK) == []  # the link leads to one environment, hub.lock asks for the other
        assert _again(ready, SWITCH, HUB_ENVIRONMENTS_KEPT="0") == []
        assert _again(ready, LOCK) == []
        with ready.trial() as trial:
            shutil.copy(ready.folder / "final" / "hub.lock", ready.place)
            assert trial.served("up", "--yes") == {WITNESS_READS: ready.answers[WITNESS_READS]}
            assert trial.outcome().lock == ready.outcomes[-1].lock, "hub up goes where a new hub.lock leads"


def _after_up(ready: EnvironmentStage, moment: str) -> list[str]:
    """What is wrong when the upgrade was killed at a moment, and ``hub up`` comes next."""
    with ready.trial() as trial:
        name, _ = trial.kill_at(trial.operation(), moment)
        assert name == moment
        return ready.unsettled(trial, killed=moment)


def _again(ready: EnvironmentStage, moment: str, **variables: str) -> list[str]:
    """What is wrong when the upgrade was killed at a moment and is called again."""
    with ready.trial() as trial:
        name, _ = trial.kill_at(trial.operation(), moment)
        assert name == moment
        assert trial.journal().open == ("upgrade",)
        again = trial.recovery()
        told = trial.run(replace(again, variables={**again.variables, **variables}))
        assert told["code"] == 0, ready.log()
        return ready.unhealed(trial, killed=moment, is_asked=True)
