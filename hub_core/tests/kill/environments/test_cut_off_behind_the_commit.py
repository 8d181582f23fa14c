"""What was committed and not yet switched to is not swept away by the next command, however few environments are kept."""

from dataclasses import replace

from hub_core.tests.kill.environments.conftest import EnvironmentStaged
from hub_core.tests.kill.environments.scenario import INSTALLING


def test_an_environment_that_is_committed_stays_until_it_is_current(environment_stage: EnvironmentStaged) -> None:
    with environment_stage(INSTALLING) as ready, ready.trial() as trial:
        name, _ = trial.kill_at(trial.operation(), ready.points.index("before replace current.new current"))
        assert name == "before replace current.new current"
        assert trial.journal().environment == "2"
        again = trial.recovery()
        told = trial.run(replace(again, variables={**again.variables, "HUB_ENVIRONMENTS_KEPT": "0"}))
        assert told["code"] == 0, ready.log()
        assert ready.unhealed(trial, killed=str(name), is_asked=True) == []
