"""A module's whole life, asked for over HTTP only, while its hub serves and is replaced; each operation is followed to its end."""

from pathlib import Path
from typing import Any

import pytest

from hub_core.database import connect, parse_url
from hub_core.tests.cli.managed_hub import ManagedHub
from tests.wheels.hub_process import hub_up
from tests.wheels.shelf import Shelf, serves
from tests.wheels.stock import V10, V11
from tests.wheels.test_uninstall import answers, tables


@pytest.mark.timeout(1200)
def test_a_module_lives_and_leaves_by_http_alone(hub: Path, tmp_path: Path, database_url: str) -> None:
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    (tmp_path / "hub.toml").write_text("[modules.notes]\n")
    with hub_up(hub, tmp_path, database_url, **shelf.variables) as running:
        shelf.run("environment", "adopt", "--yes")
        managed = ManagedHub(running.url, running.token)

        def done(action: str, body: Any = None) -> Any:
            told = managed.done("stock", action, body)
            assert told["outcome"] == "done", told
            return told

        shelf.add("stock", "1.0", V10)
        preview = managed.preview("stock", "install", {"version": "==1.0"})
        assert (preview.status_code, preview.json()["ok"]) == (200, True)
        told = done("install", {"version": "==1.0"})
        kinds = [event["kind"] for event in told["events"]]
        assert [kinds[0], kinds[-1]] == ["asked", "end"]
        assert {"started", "packages", "plan", "revision", "stage"} <= set(kinds)
        serves(running, "1.0", ["shipped"])
        with connect(parse_url(database_url)) as connection:
            connection.exec_driver_sql("UPDATE stock_item SET name = 'ours'")
            connection.commit()
        done("disable")
        answers(running, 404)
        done("enable")
        serves(running, "1.0", ["ours"])

        shelf.add("stock", "1.1", V11)
        (module,) = [each for each in managed.preview("stock", "upgrade").json()["modules"] if each["name"] == "stock"]
        assert module
        done("upgrade")
        serves(running, "1.1", ["ours!"])
        done("rollback")
        serves(running, "1.0", ["ours"])

        (archive,) = done("uninstall", {"data": "archive"})["result"]["backups"]
        answers(running, 404)
        assert tables(database_url) == []
        done("install", {"version": "1.0"})
        serves(running, "1.0", ["shipped"])
        done("restore", {"file": Path(archive["path"]).name})
        serves(running, "1.0", ["ours"])
        done("uninstall", {"data": "purge", "backup": False})
        answers(running, 404)
        assert tables(database_url) == []

        rows = managed.get("/api/v1/hub/operations")
        assert [row["action"] for row in reversed(rows) if row["address"]] == [
            *("install", "disable", "enable", "upgrade", "rollback"),
            *("uninstall", "install", "restore", "uninstall"),
        ]
        assert all(row["by"] == "superuser" and row["number"] for row in rows if row["address"])
