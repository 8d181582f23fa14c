"""Modules leave a hub that serves: with their code, and with their data when that is asked for; and they come back."""

from pathlib import Path

import pytest
from sqlalchemy import inspect

from hub_core.database import connect, parse_url
from tests.wheels.hub_process import HubProcess, hub_up
from tests.wheels.shelf import Shelf, eventually, serves
from tests.wheels.stock import V10

LEANS = {"__init__.py": "import hub_module_stock\n"}
"""A module that needs another one and does not say so."""


def tables(url: str) -> list[str]:
    """The tables of the module."""
    with connect(parse_url(url), read_only=True) as connection:
        return sorted(name for name in inspect(connection).get_table_names() if name.startswith("stock"))


def answers(running: HubProcess, status: int) -> None:
    """Wait until the module answers so; the hub serves all the while."""

    def answered() -> bool:
        with running.client(None) as client:
            assert client.get("/health/live").is_success
            return client.get("/api/v1/stock/items").status_code == status

    eventually(answered)


def code_there(shelf: Shelf) -> bool:
    """Whether the package lies in the environment that runs."""
    return any((shelf.folder / ".hub" / "environments" / shelf.current()).glob("lib/*/site-packages/hub_module_stock"))


@pytest.mark.timeout(600)
def test_a_module_leaves_and_comes_back(hub: Path, tmp_path: Path, database_url: str, wheelhouse: Path) -> None:
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    (tmp_path / "hub.toml").write_text("# ours\n[modules.notes]\n")
    with hub_up(hub, tmp_path, database_url, **shelf.variables) as running:
        shelf.run("environment", "adopt", "--yes")
        shelf.add("stock", "1.0", V10)
        shelf.run("install", "stock", "--yes")
        serves(running, "1.0", ["shipped"])
        with connect(parse_url(database_url)) as connection:
            connection.exec_driver_sql("UPDATE stock_item SET name = 'ours'")
            connection.commit()

        shelf.add("rack", "1.0", LEANS)
        shelf.run("install", "rack", "--yes")
        before, environments = shelf.current(), shelf.environments()
        said = shelf.run("uninstall", "stock", "--purge", "--yes", code=1)
        assert "rack: in the new environment: " in said
        assert (shelf.current(), shelf.environments()) == (before, environments)
        serves(running, "1.0", ["ours"])
        assert "done: operation" in shelf.run("uninstall", "rack", "--purge", "--yes")

        said = shelf.run("uninstall", "stock", "--dry-run")
        assert "keep 1 table of stock with 1 row" in said
        said = shelf.run("uninstall", "stock", "--yes")
        assert "remove hub-module-stock 1.0" in said
        assert not code_there(shelf)
        answers(running, 404)
        assert "orphaned" in shelf.run("list")
        assert tables(database_url) == ["stock_alembic_version", "stock_item"]
        shelf.run("install", "stock", "--yes")
        serves(running, "1.0", ["ours"])

        said = shelf.run("uninstall", "hub-module-stock", "--archive", "--yes")
        assert "put 1 table of stock with 1 row into an archive" in said
        (archive,) = (tmp_path / ".hub" / "archives").iterdir()
        assert (tables(database_url), code_there(shelf)) == ([], False)
        answers(running, 404)
        assert "stock" not in shelf.run("list")
        assert (tmp_path / "hub.toml").read_text() == "# ours\n[modules.notes]\n"
        shelf.run("install", "stock", "--yes")
        serves(running, "1.0", ["shipped"])
        shelf.run("restore", str(archive), "--module", "stock", "--yes")
        serves(running, "1.0", ["ours"])

        shelf.run("uninstall", "stock", "--purge", "--no-backup", "--yes")
        assert (tables(database_url), code_there(shelf)) == ([], False)
        answers(running, 404)
        assert "nothing to do" in shelf.run("plan")


@pytest.mark.timeout(600)
def test_what_came_along_stays(hub: Path, tmp_path: Path, database_url: str) -> None:
    """A module that another one brought has rows of its own, whatever becomes of the other one."""
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    (tmp_path / "hub.toml").write_text("[modules.notes]\n")
    shelf.run("environment", "adopt", "--yes")
    shelf.add("stock", "1.0", V10)
    shelf.add("rack", "1.0", {}, "stock")
    with hub_up(hub, tmp_path, database_url, **shelf.variables) as running:
        shelf.run("install", "rack", "--yes")
        serves(running, "1.0", ["shipped"])
        shelf.add("rack", "1.1", {})
        assert "remove hub-module-stock" not in shelf.run("upgrade", "rack", "--yes")
        serves(running, "1.0", ["shipped"])
        looked, said = (shelf.run("uninstall", "rack", "--purge", each) for each in ("--dry-run", "--yes"))
        for text in (looked, said):
            assert "remove hub-module-rack 1.1" in text
            assert "remove hub-module-stock" not in text
        looked_at, done = (
            {line.strip() for line in text.splitlines() if " of 1: " not in line} for text in (looked, said)
        )
        assert looked_at <= done
        serves(running, "1.0", ["shipped"])
        assert "done: operation" in shelf.run("uninstall", "stock", "--purge", "--yes")
        answers(running, 404)
        assert (tables(database_url), code_there(shelf)) == ([], False)
