"""SIGKILL inside lifecycle hooks: before, between and behind the statements of each, which are kept or lost with the change."""

import pytest

from hub_core.tests.kill.campaign import every_point
from hub_core.tests.kill.conftest import Staged
from hub_core.tests.kill.scenario import HOOKED_DISABLE, HOOKED_INSTALL, HOOKED_UPGRADE, Scenario

CALLED = [
    (HOOKED_INSTALL, ("hub_before_install", "hub_after_install", "hub_enabled")),
    (HOOKED_UPGRADE, ("hub_before_upgrade", "hub_after_upgrade")),
    (HOOKED_DISABLE, ("hub_enabled%", "hub_disabled")),
]


@pytest.mark.parametrize(("scenario", "hooks"), CALLED, ids=[scenario.name for scenario, _ in CALLED])
def test_killed_inside_a_hook_it_is_whole_or_not_at_all(
    scenario: Scenario, hooks: tuple[str, ...], stage: Staged
) -> None:
    with stage(scenario) as ready:
        inside = [number for number, name in enumerate(ready.points) if any(hook in name for hook in hooks)]
        between = [number + 1 for number in inside if ready.points[number].startswith("after")]
        assert all(any(hook in ready.points[number] for number in inside) for hook in hooks), ready.points
        tally = every_point(ready, sorted({*inside, *between}))
        print(tally.line(ready))
        assert tally.violations == []
        assert tally.kills >= 2 * len(hooks)
