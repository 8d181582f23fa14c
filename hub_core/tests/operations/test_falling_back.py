"""The hub goes back by itself to what was recorded before, and to nothing older, wherever the process runs that finds out."""

from dataclasses import replace

import pytest
from sqlalchemy import inspect

from hub_core.database import connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, current, upgrade
from hub_core.operations import core_tables
from hub_core.operations.falling_back import NotGoneBack, fall_back
from hub_core.packages import Environment
from hub_core.packages import environments as environments_file
from hub_core.registry import (
    CORE_REVISION,
    DONE,
    UNDONE,
    operations,
)
from hub_core.tests.later_core import later_revision
from hub_core.tests.operations.home import Home, runs, switched
from hub_core.tests.packages.small_wheels import wheel

WHY = "the hub does not start there"


def last_operation(home: Home) -> tuple[str, str | None, list[str]]:
    with connect(parse_url(home.url)) as connection:
        *_, row = operations(connection)
    return row.kind, row.outcome, list(row.detail)


@pytest.fixture
def here(home: Home, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """This process serves in the environment of release 1.0."""
    first = switched(home, "1.0")
    monkeypatch.setattr(environments_file, "_STARTED_IN", first.folder.resolve())
    return first


def test_what_was_changed_since_this_process_began_stays(home: Home, here: Environment) -> None:
    assert fall_back(home.settings, reason=WHY) is None, "nothing was changed"
    second = switched(home, "2.0", module="rack")
    third = switched(home, "3.0")
    assert fall_back(home.settings, reason=WHY) is not None
    assert runs(home) == "2.0", "and not 1.0, where rack would be gone"
    assert last_operation(home) == ("back", DONE, [f"go back from environment {third.name} to {second.name}"])
    with pytest.raises(NotGoneBack, match="not taken back by itself"):
        fall_back(home.settings, reason=WHY)
    assert runs(home) == "2.0"


def test_it_goes_back_step_by_step_and_comes_to_an_end(home: Home, here: Environment) -> None:
    for version in ("2.0", "3.0"):
        switched(home, version)
    switched(home, "2.0", outcome=UNDONE)
    steps = []
    while fall_back(home.settings, reason=WHY) is not None:
        steps.append(runs(home))
    assert steps == ["2.0", "1.0"]
    switched(home, "2.0")
    assert fall_back(home.settings, reason=WHY) is not None
    assert runs(home) == "1.0"


def test_what_was_used_before_and_again_is_gone_back_from_once(home: Home, here: Environment) -> None:
    for version in ("2.0", "3.0", "2.0"):
        switched(home, version)
    steps = []
    while fall_back(home.settings, reason=WHY) is not None:
        steps.append(runs(home))
    assert steps == ["3.0", "2.0", "1.0"]


def test_what_another_machine_made_is_left_to_it(home: Home, here: Environment) -> None:
    home.record(home.lock("2.0"))
    assert fall_back(home.settings, reason=WHY) is None


def test_the_hubs_own_tables_go_back_too(home: Home, here: Environment) -> None:
    versions = {
        f"hub_core/registry/versions/{file.name}": file.read_text() for file in CORE_MIGRATIONS.folder.glob("*.py")
    }
    wheel(home.place.wheelhouse, "shop", "2.0", files=versions)
    wheel(
        home.place.wheelhouse,
        "shop",
        "3.0",
        files={**versions, "hub_core/registry/versions/hub_9999.py": later_revision()},
    )
    switched(home, "2.0", module="rack")
    third = switched(home, "3.0")
    url, place = parse_url(home.url), third.site_packages / "hub_core" / "registry" / "versions"
    upgrade(url, replace(CORE_MIGRATIONS, folder=place), on_revision=lambda run: None)

    core_tables.take_core_back(url, home.settings, on_revision=lambda run: None)
    assert at(home) == ("hub_9999", True), "what is recorded has them"
    assert fall_back(home.settings, reason=WHY) is not None
    assert runs(home) == "2.0"
    assert at(home) == (CORE_REVISION, False)


def at(home: Home) -> tuple[str | None, bool]:
    with connect(parse_url(home.url)) as connection:
        return current(connection, CORE_MIGRATIONS), inspect(connection).has_table("hub_novelty")
