"""The same kills and the same judgement with the transaction taken out: it must be red, or it proves nothing.

With the transaction, ``test_kill_every_point.py`` plays the same scenarios.
"""

import re

from hub_core.tests.kill.campaign import every_point
from hub_core.tests.kill.conftest import Staged
from hub_core.tests.kill.scenario import FRESH, UPGRADE, Scenario

CHANGES = re.compile(r"after (CREATE TABLE|ALTER TABLE|UPDATE|CREATE INDEX) \"?subject_")


def _violations(stage: Staged, scenario: Scenario, *without: str) -> list[str]:
    """Killed after some of the statements that change the subject's tables, long before the end."""
    with stage(scenario) as ready:
        points = ready.rehearsed(without=without)
        changing = [number for number, name in enumerate(points) if CHANGES.match(name)]
        tally = every_point(ready, changing[:: max(1, len(changing) // 3)], without=without)
        print(f"without {without}:", tally.line(ready), *tally.violations[:2])
        return tally.violations


def test_an_upgrade_without_the_transaction_is_left_half_done(stage: Staged) -> None:
    red = _violations(stage, UPGRADE, "transaction")
    assert any("subject is neither before nor after" in each for each in red)
    assert any("recovered: subject differs" in each for each in red)


def test_an_installation_without_the_transaction_is_left_half_done(stage: Staged) -> None:
    red = _violations(stage, FRESH, "transaction")
    assert any("subject is neither before nor after" in each for each in red)
