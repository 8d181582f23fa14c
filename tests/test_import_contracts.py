"""The two import rules of our own find what they are for, and the list of packages they look at is complete."""

import tomllib
from pathlib import Path

import grimp
import pytest

from tests.import_contracts import ModuleBoundariesContract, RoomFacesContract

ROOT = Path(__file__).parents[1]


def graph_with(importer: str, imported: str) -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    graph.add_import(importer=importer, imported=imported)
    return graph


@pytest.mark.parametrize(
    ("importer", "imported", "kept"),
    [
        ("hub_module_a.interface", "hub_hookspecs", True),
        ("hub_module_a.interface", "dataclasses", True),
        ("hub_module_a.interface", "pydantic", False),
        ("hub_module_a.interface", "hub_module_a.models", False),
        ("hub_module_a.services.x", "hub_module_b.interface", True),
        ("hub_module_a.services.x", "hub_module_b.models", False),
        ("hub_module_a.services.x", "hub_module_a.models", True),
        ("hub_module_a.services.x", "sqlalchemy", True),
    ],
)
def test_modules_meet_through_their_interfaces_only(importer: str, imported: str, kept: bool) -> None:
    contract = ModuleBoundariesContract("boundaries", {}, {})
    assert contract.check(graph_with(importer, imported), verbose=False).kept is kept


@pytest.mark.parametrize(
    ("importer", "imported", "kept"),
    [
        ("core.web.pages", "core.access", True),
        ("core.web.pages", "core.access.tokens", False),
        ("core.web.pages", "core.web.answers", True),
        ("core.tests.web.test_pages", "core.web.pages", True),
        ("core.web.pages", "starlette.requests", True),
    ],
)
def test_a_room_imports_the_face_of_another(importer: str, imported: str, kept: bool) -> None:
    contract = RoomFacesContract("faces", {}, {"package": "core"})
    assert contract.check(graph_with(importer, imported), verbose=False).kept is kept


def test_every_distribution_of_the_workspace_is_looked_at() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    plugins = {folder.name for folder in (ROOT / "plugins").glob("*/hub_module_*")}
    assert plugins | {"hub_core", "hub_hookspecs"} == set(linter["root_packages"])
    contract = next(found for found in linter["contracts"] if found["id"] == "contract")
    assert plugins | {"hub_hookspecs"} == set(contract["source_modules"])
