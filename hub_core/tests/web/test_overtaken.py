"""A process that serves the generation before is asked for tables that were changed since: the caller is to try again."""

from pathlib import Path

import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.operations.change import Change, Telling
from hub_core.operations.changing import change
from hub_core.planning import Plan
from hub_core.registry import start_operation
from hub_core.settings import read_settings
from hub_core.tests.runtime.test_one_module_fails import brought_up
from hub_core.tests.runtime.test_placement import MODELS, REVISION, ROUTES
from hub_core.tests.sample_modules import SampleModules

ITEMS = "/api/v1/shop/items"


@pytest.fixture
def shop(samples: SampleModules, tmp_path: Path) -> None:
    files = {"migrations/versions/1.py": REVISION, "models/__init__.py": MODELS, "routes/api/items.py": ROUTES}
    samples.install("shop", {path: content.replace("{name}", "shop") for path, content in files.items()})
    (tmp_path / "hub.toml").write_text("[modules.shop]\n")


async def test_while_its_tables_are_changed_it_says_so_and_afterwards_until_the_next_process(
    shop: None, tmp_path: Path, database_url: str
) -> None:
    silent = Telling(agree=lambda plan: None, on_revision=lambda run: None)
    purge = Change(kind="uninstall", names=("shop",), data="purge", keeps_package=True)
    statuses: list[int] = []
    async with brought_up(tmp_path, database_url) as (hub, client):
        assert (await client.get(ITEMS)).status_code == 200

        def agree(plan: Plan) -> None:
            statuses.append(len(plan.steps))

        settings = read_settings(tmp_path, database_url=database_url)
        change(settings, purge, telling=Telling(agree=agree, on_revision=silent.on_revision), verify=lambda *_: {})
        for method in ("GET", "POST"):
            answer = await client.request(method, ITEMS, params={"note": "late"})
            assert (answer.status_code, answer.json()["code"]) == (503, "module_changed"), answer.text
            assert answer.headers["Retry-After"] == "2"
        assert hub.meters["shop"].bugs == 0
    assert statuses == [2]


async def test_an_operation_under_way_counts_as_well(shop: None, tmp_path: Path, database_url: str) -> None:
    async with brought_up(tmp_path, database_url) as (hub, client):
        with connect(parse_url(database_url)) as connection:
            start_operation(connection, kind="move", detail=[], actor="somebody", intent={})
            connection.execute(text("ALTER TABLE shop_item RENAME TO shop_else"))
            connection.commit()
        assert (await client.get(ITEMS)).json()["code"] == "module_changed"
        assert hub.meters["shop"].bugs == 0


async def test_a_table_that_is_gone_without_a_change_is_a_bug(shop: None, tmp_path: Path, database_url: str) -> None:
    async with brought_up(tmp_path, database_url) as (hub, client):
        with connect(parse_url(database_url)) as connection:
            connection.execute(text("DROP TABLE shop_item"))
            connection.commit()
        answer = await client.get(ITEMS)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert hub.meters["shop"].bugs == 1
