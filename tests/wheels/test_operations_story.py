"""From a wheelhouse only: a hub installs, upgrades, and survives releases that are broken in each way; with a running hub beside it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from hub_core.database import connect, parse_url
from tests.wheels.hub_process import hub_up
from tests.wheels.shelf import PATIENCE_SECONDS, Shelf, serves
from tests.wheels.stock import NEXT, ROUTE, V10, V11

UNWELL = """
from hub_hookspecs import Health, HealthStatus, hookimpl


@hookimpl
async def hub_health(context):
    return Health(status=HealthStatus.UNHEALTHY, detail="no scales")
"""
RAISING_HOOK = """
from hub_hookspecs import hookimpl


@hookimpl
def hub_after_upgrade(context):
    raise LookupError("no price list")
"""
THIRD = {"migrations/versions/stock_0003.py": NEXT.format(number=3, before=2, mark="?", more="")}
BROKEN: Mapping[str, tuple[Mapping[str, str], str]] = {
    "1.2.1": (
        {**THIRD, "__init__.py": "raise ZeroDivisionError('at import')"},
        "import (ZeroDivisionError): at import",
    ),
    "1.2.2": (
        {
            "migrations/versions/stock_0003.py": NEXT.format(
                number=3, before=2, mark="?", more="raise KeyError('half way')"
            )
        },
        "migration to stock_0003 (KeyError): 'half way'",
    ),
    "1.2.3": ({**THIRD, "__init__.py": RAISING_HOOK}, "after upgrade (LookupError): no price list"),
    "1.2.4": ({**THIRD, "__init__.py": UNWELL}, "says that it cannot do its work: no scales"),
}
SLOW = {"migrations/versions/stock_0003.py": NEXT.format(number=3, before=2, mark="", more="time.sleep(6)")}


@pytest.mark.timeout(900)
def test_a_hub_changes_its_modules_and_survives_what_is_broken(hub: Path, tmp_path: Path, database_url: str) -> None:
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    (tmp_path / "hub.toml").write_text("# ours\n[modules.notes]\n")
    with hub_up(hub, tmp_path, database_url, **shelf.variables) as running:
        process = running.process_id
        assert "done: operation" in shelf.run("environment", "adopt", "--yes")
        shelf.add("stock", "1.0", V10)
        said = shelf.run("install", "stock==1.0", "--yes")
        assert "bring hub-module-stock 1.0" in said
        serves(running, "1.0", ["shipped"])
        with connect(parse_url(database_url)) as connection:
            connection.exec_driver_sql("INSERT INTO stock_item VALUES ('counted')")
            connection.commit()
        shelf.add("rack", "1.0", {})
        shelf.run("install", "rack", "--yes")
        shelf.add("stock", "1.1", V11)
        assert "move hub-module-stock from 1.0 to 1.1" in shelf.run("upgrade", "stock", "--dry-run")
        assert "backup of stock 1.0 (2 rows" in shelf.run("upgrade", "stock", "--yes")
        rows = ["counted!", "shipped!"]
        serves(running, "1.1", rows)

        for version, (files, told) in BROKEN.items():
            before = shelf.current()
            wheel = shelf.add("stock", version, {**V11, **files, "routes/api/items.py": ROUTE.format(version=version)})
            said = shelf.run("upgrade", "stock", "--yes", code=1)
            assert told in said, said
            assert shelf.current() == before
            serves(running, "1.1", rows)
            assert "stock  1.1" in " ".join(shelf.run("list").split("\n")) or "1.1" in shelf.run("list")
            wheel.unlink()

        shelf.add("stock", "1.3", {**V11, **SLOW, "routes/api/items.py": ROUTE.format(version="1.3")})
        upgrading = shelf.begin("upgrade", "stock", "--yes")
        assert upgrading.stdout is not None
        for line in upgrading.stdout:
            shelf.said.append(line)
            if "backup of stock" in line:
                break
        lost = shelf.run("disable", "rack", "--yes", code=1, HUB_LOCK_SECONDS="0.5")
        assert "another process is changing the database" in lost
        assert "is still held by pid" in lost
        waiting = shelf.begin("disable", "rack", "--yes")
        rest, _ = upgrading.communicate(timeout=PATIENCE_SECONDS)
        assert upgrading.returncode == 0, [*shelf.said, rest]
        rest, _ = waiting.communicate(timeout=PATIENCE_SECONDS)
        assert waiting.returncode == 0, f"goes on in the environment that runs by then: {rest}"
        serves(running, "1.3", rows)
        assert running.process_id == process
    history = [(row["kind"], row["outcome"]) for row in _json(shelf.run("history", "--operations", "--json"))]
    kinds = ["adopt", "install", "install", "upgrade", "upgrade", "upgrade", "upgrade", "upgrade", "disable"]
    assert [kind for kind, _ in history if kind != "up"] == kinds
    assert [outcome for kind, outcome in history if kind == "upgrade"] == ["done", "undone", "undone", "undone", "done"]


def _json(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(text)
    return found
