"""The modules of another environment: an older release is never let at newer tables, and all that do not fit are named before."""

from functools import partial
from pathlib import Path

import pytest

from hub_core.cli.main import main
from hub_core.operations.change import Change, Changed, Telling
from hub_core.operations.changing import change
from hub_core.operations.choosing import ModuleCannotRun, ModulesWouldStop
from hub_core.registry import recorded
from hub_core.runtime import verified
from hub_core.settings import read_settings
from hub_core.tests.operations.house import COLUMN, House, first, revision
from hub_core.tests.sample_modules import SampleModules

DOCUMENT = "[modules.shop]\n[modules.ledger]\n[modules.report]\n"
PRICED = revision("shop", 2, COLUMN)["migrations/versions/shop_2.py"].replace(
    'raise RuntimeError("there is no way back")', 'op.drop_column("shop_item", "price")'
)
SECOND = {**first("shop"), "migrations/versions/shop_2.py": PRICED}


@pytest.fixture
def house(tmp_path: Path, database_url: str, samples: SampleModules, monkeypatch: pytest.MonkeyPatch) -> House:
    """Three modules that run; shop has a row."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    (tmp_path / "hub.toml").write_text(DOCUMENT)
    for name in ("shop", "ledger", "report"):
        samples.install(name, first(name))
    house = House(read_settings(tmp_path), samples)
    house.up()
    house.run("INSERT INTO shop_item (id, name) VALUES (1, 'apple')")
    return house


def switched(house: House, kind: str) -> Changed:
    """As ``hub carry`` does it in the new environment: what is on the path is what is in it."""
    telling = Telling(agree=house.plans.append, on_revision=lambda run: None)
    wanted = Change(kind=kind, environment="2")  # type: ignore[arg-type]
    return change(house.settings, wanted, telling=telling, verify=partial(verified, house.settings))


def test_all_modules_that_a_new_core_stops_are_named_before_anything_is_changed(house: House, tmp_path: Path) -> None:
    """Case 98: the releases there ask for a contract that the core of that environment does not speak, and one for another Python."""
    before = house.all(tmp_path)
    for name in ("shop", "ledger"):
        house.samples.install(name, first(name), version="2.0", requires=("hub-hookspecs>=2,<3",))
    house.samples.install("report", first("report"), version="2.0", requires=("hub-module-gone>=1",))
    with pytest.raises(ModulesWouldStop) as raised:
        switched(house, "upgrade")
    assert sorted(raised.value.reasons) == ["ledger", "report", "shop"]
    assert raised.value.problem == "ledger, report, shop could not run any more; nothing was changed"
    assert house.all(tmp_path) == before
    assert house.plans == []


def test_an_older_release_is_not_let_at_newer_tables_and_keeps_its_rows_on_the_way_back(
    house: House, tmp_path: Path
) -> None:
    """Case 12: refused with the reason; what the way back loses is named, and all else is as it was."""
    rows = house.run("SELECT id, name FROM shop_item")
    house.samples.install("shop", SECOND, version="2.0")
    house.up()
    house.run("UPDATE shop_item SET price = 9")
    before = house.all(tmp_path)
    house.samples.install("shop", first("shop"), version="0.9")
    with pytest.raises(ModulesWouldStop) as raised:
        switched(house, "use")
    (reason,) = raised.value.reasons["shop"]
    assert reason.code == "schema_newer"
    assert reason.text == (
        "its tables are at shop_2, as version 2.0 left them, and the 0.9 on disk has no such revision"
    )
    assert raised.value.cause == f"shop: {reason.text}"
    with pytest.raises(ModuleCannotRun) as blocked:
        house.change("enable", "shop")
    assert blocked.value.cause == reason.text
    assert blocked.value.remedy == "pip install 'sample-shop==2.0'", "here nothing takes tables back"
    with pytest.raises(ModuleCannotRun) as blocked:
        house.change("install", distributions=frozenset({"sample-shop"}), environment="2")
    assert blocked.value.cause == reason.text
    assert blocked.value.remedy == "To go back to it, with its tables: hub downgrade shop==0.9"
    assert house.all(tmp_path) == before

    house.samples.install("shop", SECOND, version="2.0")
    assert main(["migrate", "shop", "--to", "shop_1", "--yes"]) == 0
    assert house.run("SELECT * FROM shop_item") == rows
    house.samples.install("shop", first("shop"), version="0.9")
    switched(house, "use")
    assert house.run("SELECT * FROM shop_item") == rows
    assert house.read(recorded)["shop"].version == "0.9"


def test_the_loss_is_named_before_the_way_back(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.samples.install("shop", SECOND, version="2.0")
    house.up()
    assert main(["migrate", "shop", "--to", "shop_1"]) == 2
    assert "takes back shop_2: what they added is dropped with its data" in capsys.readouterr().out
