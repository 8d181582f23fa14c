"""What an installation would bring and everything that stands against it, read without changing anything."""

from pathlib import Path

import pytest

from hub_core.operations.change import Change
from hub_core.operations.changing import planned
from hub_core.operations.choosing import ModuleNameTaken
from hub_core.operations.previews.install_preview import InstallPreview, install_preview, told_brought
from hub_core.operations.up import up
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.sample_modules import SampleModules

ROUTES = """
from fastapi import APIRouter
from hub_hookspecs.web import public, requires

router = APIRouter()

@router.get("/items", dependencies=[public()])
def items() -> list[str]:
    return []

@router.post("/items", dependencies=[requires("shop.item.write")])
def add() -> None: ...
"""
MODELS = """
import sqlalchemy as sa
from hub_hookspecs.database import module_metadata

class Base:
    metadata = module_metadata("{name}")

sa.Table("{name}_item", Base.metadata, sa.Column("id", sa.Integer, primary_key=True))
"""
SETTINGS = """
from pydantic import BaseModel

class Settings(BaseModel):
    colour: str = "blue"
    key: str | None = None
"""
MANIFEST = """
title = "Shop"
category = "Trade"
[[permissions]]
name = "shop.item.write"
title = "Write items"
[[menus]]
label = "Items"
path = "/shop/items"
"""
SHOP = {"routes/api/items.py": ROUTES, "models.py": MODELS.format(name="shop"), "config.py": SETTINGS}


@pytest.fixture
def settings(tmp_path: Path) -> HubSettings:
    return read_settings(tmp_path, database_url=f"sqlite:///{tmp_path / 'hub.db'}")


def come_up(settings: HubSettings, *names: str) -> None:
    """Record these modules as enabled."""
    (settings.folder / "hub.toml").write_text("".join(f"[modules.{name}]\n" for name in names))
    up(settings, agree=lambda plan: None, on_revision=lambda run: None)


def another_shop(samples: SampleModules) -> None:
    """Install a distribution whose module is called ``shop`` too."""
    samples.install("other", manifest='title = "Another"', distribution="other-shop")
    (samples.site / "other_shop-1.0.dist-info" / "entry_points.txt").write_text("[hub.modules]\nshop = sample_other\n")


def in_the_way(found: InstallPreview) -> list[str]:
    return [f"{name} {reason.code}" for name, reason in found.conflicts]


def test_all_that_a_module_brings_is_told(settings: HubSettings, samples: SampleModules) -> None:
    samples.install("shop", SHOP, manifest=MANIFEST, requires=("pydantic>=2",))
    found = install_preview(settings, {"sample-shop"})
    assert not found.is_no
    (told,) = map(told_brought, found.modules)
    assert told["title"] == "Shop"
    assert told["requires"] == ["hub-hookspecs>=1", "pydantic>=2"]
    assert told["tables"] == ["shop_item"]
    assert told["permissions"] == [{"name": "shop.item.write", "title": "Write items"}]
    assert told["menus"][0]["label"] == "Items"
    assert told["settings"] == [
        {"name": "colour", "kind": "str", "required": False},
        {"name": "key", "kind": "str | None", "required": False},
    ]
    path = "/api/v1/shop/items"
    assert told["routes"] == [
        {"methods": ["GET"], "path": path, "permissions": [], "page": False},
        {"methods": ["POST"], "path": path, "permissions": ["shop.item.write"], "page": False},
    ]
    assert [step.kind for step in found.plan.steps] == ["install", "enable"]
    assert not (settings.folder / "hub.db").exists()


def test_everything_in_the_way_is_told_at_once_and_nothing_is_changed(
    settings: HubSettings, samples: SampleModules
) -> None:
    samples.install("stock")
    samples.install("rack", requires=("sample-stock<2",))
    samples.install("label", manifest='table_prefix = "shop_"')
    come_up(settings, "stock", "rack", "label")
    database = (settings.folder / "hub.db").read_bytes()
    samples.install("stock", version="2.0")
    samples.install("shop", {**SHOP, "__init__.py": "import nothing_like_it"}, manifest=MANIFEST)
    samples.install("torn", {"__init__.py": "raise ZeroDivisionError('at import')"})
    found = install_preview(settings, {"sample-shop", "sample-torn"})
    assert in_the_way(found) == ["shop table_prefix_clash", "rack version_mismatch"]
    (settings.folder / ".hub" / "probe.json").unlink(missing_ok=True)
    found = install_preview(settings, {"sample-torn", "sample-stock"})
    assert in_the_way(found) == ["rack version_mismatch", "torn failed_import"]
    assert "ZeroDivisionError" in found.conflicts[1][1].text
    assert (settings.folder / "hub.db").read_bytes() == database


def test_a_name_and_a_table_of_another_module_are_in_the_way(settings: HubSettings, samples: SampleModules) -> None:
    samples.install("shop", SHOP, manifest=MANIFEST)
    come_up(settings, "shop")
    another_shop(samples)
    found = install_preview(settings, {"other-shop"})
    assert "shop name_clash" in in_the_way(found)
    assert found.plan.steps == ()
    assert found.conflicts[0][1].remedy == "pip uninstall other-shop"
    (told,) = map(told_brought, found.modules)
    assert (told["distribution"], told["title"], told["recorded_version"]) == ("other-shop", "Another", None)


def test_what_is_not_installed_yet_nobody_is_told_to_uninstall(settings: HubSettings, samples: SampleModules) -> None:
    samples.install("shop", SHOP, manifest=MANIFEST)
    samples.install("label", manifest='table_prefix = "tag_"')
    come_up(settings, "shop", "label")
    another_shop(samples)
    samples.install("tag", manifest='table_prefix = "tag_"')
    found = install_preview(settings, {"other-shop", "sample-tag"}, are_coming=True)
    assert [(each.found.distribution, each.description is None) for each in found.modules] == [
        ("sample-tag", True),
        ("other-shop", True),
    ]
    assert {name: reason.remedy for name, reason in found.conflicts} == {
        "shop": "Do not install other-shop; or first uninstall sample-shop: hub uninstall shop",
        "tag": "Give each a table_prefix of its own in hub-module.toml, or do not install sample-tag",
    }


def test_a_name_that_another_distribution_has_is_told_by_the_installation_too(
    settings: HubSettings, samples: SampleModules
) -> None:
    samples.install("shop")
    come_up(settings, "shop")
    another_shop(samples)
    wanted = Change(kind="install", distributions=("other-shop",))
    with pytest.raises(ModuleNameTaken) as raised:
        planned(settings, wanted)
    assert str(raised.value) == (
        "other-shop 1.0 cannot be installed; nothing was changed\n"
        "cause: the name shop is recorded for sample-shop; other-shop claims it too\n"
        "remedy: Do not install other-shop; or first uninstall sample-shop: hub uninstall shop"
    )
