"""What others require is not switched off under them, on the graph of 633 Odoo modules: the list is whole, and the order leads back."""

from pathlib import Path

import pytest

from hub_core.operations.choosing import Again, ModuleStillRequired, disabled
from hub_core.operations.environment import Situation, situation_of
from hub_core.planning import Desired, ModuleState
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.found_modules import catalog
from hub_core.tests.odoo_graph import addons, as_module
from hub_core.tests.planning.situations import record, wished

ADDONS = {name: addon for name, addon in addons().items() if not addon.is_glue}
PARTS = 6


def closed() -> dict[str, set[str]]:
    """What each addon that is no glue needs, all of it no glue; others are left out."""
    kept = dict(ADDONS)
    while lacking := [name for name, addon in kept.items() if not addon.depends <= kept.keys()]:
        for name in lacking:
            del kept[name]
    return {name: set(addon.depends) for name, addon in kept.items()}


NEEDS = closed()


def behind(name: str) -> set[str]:
    """All that need an addon, directly or not, from the corpus alone."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        now = waiting.pop()
        new = {other for other, needs in NEEDS.items() if now in needs} - found
        found |= new
        waiting += new
    return found


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> HubSettings:
    folder: Path = tmp_path_factory.mktemp("odoo")
    return read_settings(folder)


@pytest.fixture(scope="module")
def before(settings: HubSettings) -> Situation:
    """All of them enabled."""
    found = catalog(*(as_module(ADDONS[name]) for name in NEEDS))
    rows = {name: record(name, ModuleState.ENABLED) for name in NEEDS}
    return situation_of(found, rows, wished(*NEEDS), "", settings)


@pytest.mark.parametrize("part", range(PARTS))
def test_all_that_require_a_module_are_named_and_leave_before_it(
    part: int, before: Situation, settings: HubSettings
) -> None:
    def again(desired: Desired) -> Situation:
        return situation_of(before.catalog, before.recorded, desired, "", settings)

    needing = {name: behind(name) for name in sorted(NEEDS)}
    chosen = sorted((name for name in needing if needing[name]), key=lambda name: (-len(needing[name]), name))
    for name in chosen[part :: PARTS * 3]:
        with pytest.raises(ModuleStillRequired) as raised:
            disabled(before, [name], again, cascade=False)
        assert set(raised.value.dependents) == needing[name]
        _leads_back(raised.value.dependents)
        _whole(name, needing[name], before, again)


def _whole(name: str, needing: set[str], before: Situation, again: Again) -> None:
    steps = disabled(before, [name], again, cascade=True).steps
    order = [step.module for step in steps if step.kind == "disable"]
    assert set(order) == {name, *needing}
    _leads_back(order)


def _leads_back(order: list[str] | tuple[str, ...]) -> None:
    """Nothing goes before all that need it have gone."""
    for number, name in enumerate(order):
        assert not NEEDS.keys() & behind(name) & set(order[number:])
