"""``hub list``, ``show``, ``check`` and ``plan`` tell of modules they never import: proven on processes of their own.

The modules are those of this repository. Their revisions, which a plan names, are read as files too.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub_core.database import connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, upgrade
from hub_core.planning import document
from hub_core.registry import store_desired

OURS = {"billing", "notes", "payments"}
HUB = "import sys; from hub_core.cli.main import main; sys.exit(main())"


def run(folder: Path, code: str, *arguments: str) -> tuple[str, set[str]]:
    """What a new Python in ``folder`` prints, and the names it imports."""
    command = [sys.executable, "-X", "importtime", "-c", code, *arguments]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("HUB_")}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    assert ran.returncode in {0, 1}, ran.stderr
    return ran.stdout, {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if "|" in line}


def modules_imported(names: set[str]) -> set[str]:
    return {name for name in names if name.startswith("hub_module_")}


def told(folder: Path, *arguments: str) -> Any:
    """The JSON a command prints, after a look at what it imported for it."""
    printed, names = run(folder, HUB, *arguments, "--json")
    assert "hub_core.catalog.read" in names
    assert modules_imported(names) == set()
    return json.loads(printed)


@pytest.fixture(params=["without database", "beside a database"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where the commands run; beside a database, one that the core has migrated and nothing is recorded in."""
    (tmp_path / "hub.toml").write_text("".join(f"[modules.{name}]\n" for name in sorted(OURS)))
    if request.param == "beside a database":
        (tmp_path / ".hub").mkdir()
        url = parse_url(f"sqlite:///{tmp_path / '.hub' / 'hub.db'}")
        upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)
        with connect(url) as connection:
            store_desired(connection, document(""), "")
            connection.commit()
    return tmp_path


def test_an_import_would_be_seen(tmp_path: Path) -> None:
    _, names = run(tmp_path, "import hub_module_notes")
    assert modules_imported(names) >= {"hub_module_notes"}


def test_list_imports_no_module(folder: Path) -> None:
    assert {module["name"] for module in told(folder, "list")} >= OURS


def test_check_imports_no_module(folder: Path) -> None:
    assert set(told(folder, "check")["order"]) >= OURS


@pytest.mark.parametrize("name", sorted(OURS))
def test_show_imports_no_module(folder: Path, name: str) -> None:
    assert told(folder, "show", name)["name"] == name


def test_plan_imports_no_module_and_knows_the_revisions_all_the_same(folder: Path) -> None:
    steps = told(folder, "plan")["steps"]
    assert {step["module"] for step in steps if step["kind"] == "migrate"} == OURS
    assert {step["module"] for step in steps if step["kind"] == "enable"} == OURS
