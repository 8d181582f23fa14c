"""Modules in a folder of their own, made by ``pip install --target``: found, run, and never before what is installed."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from hub_core.catalog import Catalog
from hub_core.operations.installed import CACHE_FILE, installed_catalog
from hub_core.settings import read_settings
from hub_core.tests.cli.hub_processes import run_hub, serving
from hub_core.tests.conftest import Wheelhouse

GREETING = """\
from fastapi import APIRouter
from hub_hookspecs.web import public

router = APIRouter(dependencies=[public()])


@router.get("/greeting")
async def greeting() -> str:
    return "from a folder of its own"
"""


@pytest.fixture
def with_routes(wheelhouse: Wheelhouse, tmp_path: Path) -> Wheelhouse:
    """A wheelhouse whose ``healthy`` greets."""
    greeting = Wheelhouse(tmp_path / "wheels", wheelhouse.environment)
    package = greeting.source("healthy") / "hub_module_healthy"
    routes = package / "routes" / "api"
    routes.mkdir(parents=True)
    (routes / "greetings.py").write_text(GREETING)
    for folder in (routes, routes.parent):
        (folder / "__init__.py").write_text("")
    return greeting


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading appends to the path of the process; the next test has its own again."""
    monkeypatch.setattr(sys, "path", [*sys.path])


def catalog(folder: Path, *paths: str) -> Catalog:
    return installed_catalog(read_settings(folder).model_copy(update={"module_paths": tuple(map(Path, paths))}))


def folders(catalog: Catalog, name: str) -> list[Path]:
    return [module.folder for module in catalog.modules if module.name == name]


def told(folder: Path, *arguments: str, path: Path | None = None, **variables: str) -> Any:
    return json.loads(run_hub(folder, *arguments, "--json", path=path, **variables).stdout)


def test_a_module_in_a_folder_of_its_own_is_listed_checked_and_served(with_routes: Wheelhouse, tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    with_routes.install(hub / "modules", "healthy", "requires_missing")
    (hub / "hub.toml").write_text('[hub]\nmodule_paths = ["modules"]\n\n[modules.healthy]\n')
    states = {module["name"]: module["conditions"] for module in told(hub, "list")}
    assert (states["healthy"], states["requires_missing"]) == ([], ["blocked"])
    assert "healthy" in told(hub, "check")["order"]
    assert told(hub, "show", "healthy")["folder"] == str(hub / "modules" / "hub_module_healthy")
    assert any(step["module"] == "healthy" for step in told(hub, "plan")["steps"])
    for command in (("up", "--yes"), ("serve",)):
        with serving(hub, *command) as served, served.client() as client:
            assert client.get("/api/v1/healthy/greeting").json() == "from a folder of its own"


def test_the_variable_names_folders_as_path_does(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    wheelhouse.install(tmp_path / "one", "healthy")
    wheelhouse.install(tmp_path / "two", "requires_healthy")
    listed = told(tmp_path, "list", HUB_MODULE_PATHS=f"one:{tmp_path / 'two'}:")
    assert {"healthy", "requires_healthy"} <= {module["name"] for module in listed}


def test_what_the_environment_has_stands_before_the_folder(
    wheelhouse: Wheelhouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = wheelhouse.install(tmp_path / "site-packages", "healthy")
    wheelhouse.install(tmp_path / "modules", "healthy")
    assert folders(catalog(tmp_path, "modules"), "healthy") == [tmp_path / "modules" / "hub_module_healthy"]
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != str(tmp_path / "modules")])
    monkeypatch.syspath_prepend(installed)
    assert folders(catalog(tmp_path, "modules"), "healthy") == [installed / "hub_module_healthy"]
    listed = told(tmp_path, "show", "healthy", path=installed, HUB_MODULE_PATHS="modules")
    assert listed["folder"] == str(installed / "hub_module_healthy")


def test_a_package_of_the_folder_that_the_environment_has_too_is_refused(
    wheelhouse: Wheelhouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = wheelhouse.install(tmp_path / "site-packages", "healthy")
    monkeypatch.syspath_prepend(installed)
    info = wheelhouse.install(tmp_path / "modules", "healthy") / "hub_module_healthy-1.2.dist-info"
    metadata = info / "METADATA"
    metadata.write_text(metadata.read_text().replace("Name: hub-module-healthy", "Name: acme-healthy"))
    faults = {
        module.distribution: [fault.code for fault in module.faults]
        for module in catalog(tmp_path, "modules").modules
        if module.name == "healthy"
    }
    assert faults == {"acme-healthy": ["package_taken"], "hub-module-healthy": []}


def test_the_folders_are_put_on_the_path_once_and_last(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    wheelhouse.install(tmp_path / "modules", "healthy")
    before = [*sys.path]
    catalog(tmp_path, "modules")
    catalog(tmp_path, "modules")
    assert sys.path == [*before, str(tmp_path / "modules")]


@pytest.mark.parametrize("name", ["missing", "file", "nul\0"])
def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    (*_, finding) = catalog(tmp_path, name).findings
    assert finding.code == "module_path_missing"
    assert finding.text == f"{tmp_path / name}, named in module_paths, is not a folder"
    assert str(tmp_path / name) not in sys.path


def test_a_look_remembers_only_where_there_is_a_state_folder(tmp_path: Path) -> None:
    catalog(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".hub").mkdir()
    first = catalog(tmp_path)
    assert [file.name for file in (tmp_path / ".hub").iterdir()] == [CACHE_FILE]
    assert catalog(tmp_path) == first
