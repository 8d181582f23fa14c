"""Looking before anything is changed, in an installed hub: what an upgrade means for every module, what an installation brings."""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hub_core.tests.packages.small_wheels import wheel
from tests.wheels.shelf import Shelf
from tests.wheels.stock import V10, V11

SOLD = {
    **V10,
    "hub-module.toml": 'title = "Stock"\n[[permissions]]\nname = "stock.item.count"\ntitle = "Count"\n',
    "config.py": "from pydantic import BaseModel\nclass Settings(BaseModel):\n    shelves: int = 3\n",
    "models.py": (
        "import sqlalchemy as sa\nfrom hub_hookspecs.database import module_metadata\n"
        "class Base: metadata = module_metadata('stock')\n"
        "sa.Table('stock_item', Base.metadata, sa.Column('name', sa.String(20), primary_key=True))\n"
    ),
}


COPYING = """
import shutil
from pathlib import Path

def build_wheel(folder, config_settings=None, metadata_directory=None):
    (made,) = Path.cwd().glob("*.whl")
    shutil.copy(made, folder)
    return made.name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "copying"
backend-path = ["."]

[project]
name = "hub-module-stock"
version = "1.0"
"""


def project_of(file: Path, folder: Path) -> Path:
    """A project that needs nothing from an index to become this wheel."""
    folder.mkdir()
    shutil.copy(file, folder)
    (folder / "copying.py").write_text(COPYING)
    (folder / "pyproject.toml").write_text(PROJECT)
    return folder


def module_wheel(shelf: Shelf, name: str, version: str, *needs: str) -> Path:
    """A release of an empty module with requirements of its own."""
    package = f"hub_module_{name}"
    files = {
        f"{package}/__init__.py": "",
        f"{package}/hub-module.toml": "",
        f"{package}-{version}.dist-info/entry_points.txt": f"[hub.modules]\n{name} = {package}\n",
    }
    return wheel(shelf.wheels, package, version, requires=("hub-hookspecs>=1,<2", *needs), files=files)


class UvShelf(Shelf):
    """With uv where it is found as well."""

    @property
    def variables(self) -> dict[str, str]:
        return {**super().variables, "PATH": os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])}


@pytest.fixture
def shelf(hub: Path, tmp_path: Path) -> Shelf:
    """A hub that manages its environments, on SQLite."""
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    (tmp_path / "hub.toml").write_text("[modules.notes]\n")
    made = UvShelf(hub, tmp_path, f"sqlite:///{tmp_path / 'hub.db'}", wheels)
    made.run("environment", "adopt", "--yes")
    return made


def left(shelf: Shelf) -> list[str]:
    """What lies in the state folder of environments and wheels."""
    state = shelf.folder / ".hub"
    found = [*state.glob("environments/*"), *state.glob("wheels/*")]
    return sorted(path.name for path in found if not path.name.startswith("."))


def asked(shelf: Shelf, *arguments: str, code: int = 0, **more: str) -> Any:
    """The JSON of a command; the progress goes before it, to the same pipe."""
    said = shelf.run(*arguments, "--json", code=code, **more)
    return json.loads(said[said.index("\n{\n") + 1 :] if not said.startswith("{") else said)


@pytest.mark.timeout(900)
def test_what_an_installation_brings_is_shown_and_nothing_is_left_of_it(shelf: Shelf) -> None:
    before = left(shelf)
    file = shelf.add("stock", "1.0", SOLD)
    project = project_of(file, shelf.folder / "own")
    for name in (str(file), "stock==1.0", f"{project}/"):
        said = shelf.run("install", name, "--dry-run")
        for line in (
            "stock (hub-module-stock 1.0)",
            "  title: Stock",
            "  requires: hub-hookspecs<2,>=1",
            "  requires python: >=3.11",
            "  tables: stock_item",
            "    stock.item.count: Count",
            "    shelves (int)",
            "    GET /api/v1/stock/items: public",
            "nothing is in the way",
            "  bring hub-module-stock 1.0",
        ):
            assert line in said.splitlines(), said
        assert left(shelf) == before
    told = asked(shelf, "install", str(file), "--dry-run")
    (module,) = told["modules"]
    assert told["ok"]
    assert module["routes"] == [{"methods": ["GET"], "path": "/api/v1/stock/items", "permissions": [], "page": False}]
    assert module["tables"] == ["stock_item"]
    assert module["settings"] == [{"name": "shelves", "kind": "int", "required": False}]
    assert module["permissions"] == [{"name": "stock.item.count", "title": "Count"}]

    broken = shelf.add("broken", "1.0", {"__init__.py": "raise ZeroDivisionError('at import')"})
    said = shelf.run("install", str(broken), "--dry-run", code=1)
    assert "in the way: broken import (ZeroDivisionError)" in said
    assert left(shelf) == before
    ending = shelf.add("ending", "1.0", {"__init__.py": "import os; os._exit(7)"})
    assert "in the way: ending" in shelf.run("install", str(ending), "--dry-run", code=1)
    assert left(shelf) == before

    slow = shelf.add("slow", "1.0", {"__init__.py": "import time; time.sleep(15)"})
    for begun in (wheel_came, environment_made):
        looking = shelf.begin("install", str(slow), "--dry-run")
        while looking.poll() is None and not begun(shelf, before):
            time.sleep(0.02)
        assert looking.poll() is None
        time.sleep(1)
        looking.send_signal(signal.SIGINT)
        said, _ = looking.communicate(timeout=60)
        assert looking.returncode == 130, said
        assert left(shelf) == before


def wheel_came(shelf: Shelf, before: list[str]) -> bool:
    return left(shelf) != before


def environment_made(shelf: Shelf, before: list[str]) -> bool:
    return len(list((shelf.folder / ".hub" / "environments").glob("*/pylock.toml"))) > 2  # one of them is current's


@pytest.mark.timeout(900)
def test_an_upgrade_is_foreseen_for_every_module_and_a_refused_one_explains_itself(shelf: Shelf) -> None:
    shelf.add("stock", "1.0", V10)
    module_wheel(shelf, "rack", "1.0")
    module_wheel(shelf, "crate", "1.0", "hub-module-stock<2")
    shelf.run("install", "stock==1.0", "rack==1.0", "crate==1.0", "--yes")
    shelf.add("stock", "2.0", V11)
    for tool in ("uv", "pip"):
        said = shelf.run("upgrade", "stock==2.0", "--dry-run", code=1, HUB_INSTALLER=tool)
        assert "blocked by hub-module-stock<2 of hub-module-crate" in said
        assert "stands against it: crate" in said
        told = asked(shelf, "upgrade", "stock==2.0", "--dry-run", code=1, HUB_INSTALLER=tool)
        verdicts = {line["name"]: (line["verdict"], line["after"]) for line in told["modules"]}
        assert verdicts == {
            "billing": ("ok", "1.1.0"),
            "crate": ("blocked", None),
            "notes": ("ok", "1.0.0"),
            "payments": ("ok", "1.0.0"),
            "rack": ("ok", "1.0"),
            "stock": ("ok", "2.0"),
        }
    said = shelf.run("upgrade", "stock==2.0", "--yes", code=1)
    assert "blocked by hub-module-stock<2 of hub-module-crate" in said
    assert "error: no releases meet all requirements at once" in said
    module_wheel(shelf, "crate", "1.1", "hub-module-stock<3")
    assert "needs version 1.1" in shelf.run("upgrade", "stock==2.0", "--dry-run", code=1)
    assert "nothing stands against it" in shelf.run("upgrade", "stock==2.0", "crate==1.1", "--dry-run")
