"""The same kills of an operation, and nobody looks for what was cut off: it must be red, or the journal proves nothing."""

from hub_core.tests.kill.campaign import every_point
from hub_core.tests.kill.conftest import Staged
from hub_core.tests.kill.scenario import ENABLING


def test_an_operation_without_the_journal_is_left_half_done(stage: Staged) -> None:
    """Killed between the module's commit and the operation's: the module would stay as nobody wants it."""
    with stage(ENABLING) as ready:
        points = ready.rehearsed(without=("journal",))
        commits = [number for number, name in enumerate(points) if name.startswith("after COMMIT")]
        red = every_point(ready, commits[-4:], without=("journal",))
        print(red.line(ready), *red.violations[:2])
    assert any("then up: subject" in each for each in red.violations)
