"""One hub through all that changes a module, at the command line and again by HTTP alone: both end with the same database."""

import json
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest

from hub_core.database import connect, parse_url
from hub_core.testing.postgres_server import create_database, program
from tests.wheels.hub_process import HubProcess, hub_up
from tests.wheels.shelf import PATIENCE_SECONDS, Shelf, eventually, serves
from tests.wheels.stock import V10, V11


class Way(Protocol):
    """How somebody asks for an operation; each call ends when that has."""

    def install(self, name: str) -> None: ...
    def upgrade(self, name: str) -> None: ...
    def downgrade(self, name: str) -> None: ...
    def uninstall(self, name: str, data: str) -> list[Path]: ...
    def restore(self, name: str, archive: Path) -> None: ...


@dataclass
class CommandLine:
    """By commands beside the hub that serves."""

    shelf: Shelf
    running: HubProcess

    def install(self, name: str) -> None:
        self.shelf.run("install", name, "--yes")

    def upgrade(self, name: str) -> None:
        self.shelf.run("upgrade", name, "--yes")

    def downgrade(self, name: str) -> None:
        self.shelf.run("downgrade", name, "--yes")

    def uninstall(self, name: str, data: str) -> list[Path]:
        option = {"keep": [], "archive": ["--archive"], "purge": ["--purge"]}[data]
        said = self.shelf.run("uninstall", name, *option, "--yes", "--json")
        found = next(re.finditer(r"^\{$", said, re.MULTILINE))  # beside lines of the log
        return written(json.JSONDecoder().raw_decode(said, found.start())[0])

    def restore(self, name: str, archive: Path) -> None:
        self.shelf.run("restore", str(archive), "--module", name, "--yes")


@dataclass
class Http:
    """By the API of the hub that serves, and nothing else."""

    shelf: Shelf
    running: HubProcess

    def install(self, name: str) -> None:
        self._ask(name, "install", {})

    def upgrade(self, name: str) -> None:
        self._ask(name, "upgrade", {})

    def downgrade(self, name: str) -> None:
        self._ask(name, "downgrade", {})

    def uninstall(self, name: str, data: str) -> list[Path]:
        return written(self._ask(name, "uninstall", {"data": data})["result"])

    def restore(self, name: str, archive: Path) -> None:
        self._ask(name, "restore", {"file": archive.name})

    def _ask(self, name: str, what: str, body: Mapping[str, Any]) -> Any:
        address = f"/api/v1/modules/{name}/{what}"
        looked = self._post(address, body, params={"dry_run": True})
        assert looked.status_code == 200, looked.text
        asked = self._post(address, body, headers={"Idempotency-Key": f"{what}-{name}-{time.time_ns()}"})
        assert asked.status_code == 202, asked.text
        operation = self._end_of(asked.headers["Location"])
        assert operation["outcome"] == "done", json.dumps(operation, indent=1)
        return operation

    def _post(self, address: str, body: Mapping[str, Any], **more: Any) -> httpx2.Response:
        """Ask, and ask again whom the replacement of a process cut off: with its key it is the same operation."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert time.monotonic() < until, address
            try:
                with self.running.client(self.running.token) as client:
                    answer = client.post(address, json=body, **more)
                if answer.status_code != 503:
                    return answer
            except httpx2.TransportError:
                pass
            time.sleep(0.5)

    def _end_of(self, address: str) -> Any:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert time.monotonic() < until, address
            try:
                with self.running.client(self.running.token) as client:
                    found = client.get(address).raise_for_status().json()
                if found["status"] == "ended":
                    return found
            except httpx2.TransportError:  # its connection ended with the process that was replaced
                pass
            time.sleep(0.2)


def written(told: Mapping[str, Any]) -> list[Path]:
    """The files that an operation says it wrote."""
    return [Path(backup["path"]) for backup in told["backups"]]


def write(url: str, name: str) -> None:
    """Let a person write a row."""
    with connect(parse_url(url)) as connection:
        connection.exec_driver_sql(f"INSERT INTO stock_item (name) VALUES ('{name}')")
        connection.commit()


def schema_dump(url: str) -> str:
    """The whole schema: what ``pg_dump --schema-only`` writes, or what SQLite keeps."""
    if parse_url(url).kind == "postgresql":
        command = [str(program("pg_dump")), "--schema-only", "--no-owner", "--restrict-key=same", url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    with connect(parse_url(url), read_only=True) as connection:
        rows = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
        return "\n".join(map(repr, rows))


def lived(way: type[CommandLine] | type[Http], hub: Path, folder: Path, url: str) -> tuple[list[Any], list[str]]:
    """The whole story: what is recorded of the operations in the end, and the schema behind each of them."""
    dumps: list[str] = []
    folder.mkdir()
    wheels = folder / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, folder, url, wheels)
    (folder / "hub.toml").write_text("# ours\n[modules.notes]\n")
    with hub_up(hub, folder, url, **shelf.variables) as running:
        shelf.run("environment", "adopt", "--yes")
        by = way(shelf, running)
        shelf.add("stock", "1.0", V10)
        by.install("stock")
        dumps.append(schema_dump(url))
        serves(running, "1.0", ["shipped"])
        write(url, "ours")

        shelf.add("stock", "1.1", V11)
        by.upgrade("stock")
        dumps.append(schema_dump(url))
        serves(running, "1.1", ["ours!", "shipped!"])
        by.downgrade("stock")  # the column and the mark go, and the rows are those of before
        dumps.append(schema_dump(url))
        serves(running, "1.0", ["ours", "shipped"])

        (archive,) = by.uninstall("stock", "archive")
        dumps.append(schema_dump(url))
        eventually(lambda: status(running) == 404)
        (wheels / "hub_module_stock-1.1-py3-none-any.whl").unlink()
        by.install("stock")
        dumps.append(schema_dump(url))
        serves(running, "1.0", ["shipped"])
        by.restore("stock", archive)
        dumps.append(schema_dump(url))
        serves(running, "1.0", ["ours", "shipped"])

        by.uninstall("stock", "keep")
        dumps.append(schema_dump(url))
        eventually(lambda: status(running) == 404)
        assert "orphaned" in shelf.run("list")
        by.install("stock")
        dumps.append(schema_dump(url))
        serves(running, "1.0", ["ours", "shipped"])
        by.uninstall("stock", "purge")
        dumps.append(schema_dump(url))
        eventually(lambda: status(running) == 404)
        assert "stock" not in shelf.run("list")
        assert "nothing to do" in shelf.run("plan")
        assert (folder / "hub.toml").read_text() == "# ours\n[modules.notes]\n"
    told = json.loads(shelf.run("history", "--operations", "--json"))
    return [(each["kind"], each["outcome"]) for each in told], dumps


def status(running: HubProcess) -> int:
    """How the module answers; 0 for who was accepted by a process that was replaced before it read the request."""
    try:
        with running.client(None) as client:
            return int(client.get("/api/v1/stock/items").status_code)
    except httpx2.RemoteProtocolError:
        return 0


@pytest.mark.timeout(1500)
def test_by_commands_and_by_http_the_same_comes_of_it(
    hub: Path, tmp_path: Path, database_url: str, request: pytest.FixtureRequest
) -> None:
    is_postgresql = parse_url(database_url).kind == "postgresql"
    server = request.getfixturevalue("postgres_server") if is_postgresql else None
    another = create_database(server) if server else f"sqlite:///{tmp_path / 'another.db'}"
    by_commands, dumps = lived(CommandLine, hub, tmp_path / "commands", database_url)
    by_http, others = lived(Http, hub, tmp_path / "http", another)
    assert by_commands == by_http
    assert {outcome for _, outcome in by_http} == {"done"}
    assert len(dumps) == 9
    assert dumps == others
    assert ["stock" in dump for dump in dumps] == [True, True, True, False, True, True, True, True, False]
    assert "hub_operation" in dumps[-1]
