"""hub.toml and hub.lock on another machine: the same environment, modules and tables, offline; and machines that share a database."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hub_core.database import connect, parse_url
from hub_core.packages import read_lock
from hub_core.tests.packages.conftest import served
from tests.wheels.conftest import run
from tests.wheels.hub_process import HubProcess, clean_environment, hub_up
from tests.wheels.shelf import PATIENCE_SECONDS, Shelf, serves
from tests.wheels.stock import V10, V11

NOWHERE = "http://127.0.0.1:9/simple"
OFFLINE = {"HUB_INDEX_URL": NOWHERE, "PIP_INDEX_URL": NOWHERE, "UV_DEFAULT_INDEX": NOWHERE}
"""No index answers; what is not in the wheelhouse cannot come from anywhere."""


@dataclass
class Machine:
    """A folder with a hub of its own state, beside a database that others may use as well."""

    hub: Path
    folder: Path
    url: str
    wheels: Path
    installer: str = "auto"
    more: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # where uv is
        ours = {"HUB_WHEELHOUSE": str(self.wheels), "HUB_INSTALLER": self.installer}
        return {name: value for name, value in {**OFFLINE, "PATH": path, **ours, **self.more}.items() if value}

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command to its end: what it said."""
        variables = clean_environment(self.folder, {"HUB_DATABASE_URL": self.url, **self.variables})
        done = subprocess.run(
            [str(self.hub), *arguments],
            cwd=self.folder,
            env=variables,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=3 * PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What it prints with ``--json``."""
        said = self.run(*arguments, "--json")
        return json.loads(said[min(said.index(each) for each in "[{" if each in said) :])

    @contextmanager
    def up(self) -> Iterator[HubProcess]:
        """``hub up`` until the block ends."""
        with hub_up(self.hub, self.folder, self.url, **self.variables) as running:
            yield running

    def digest(self) -> str:
        """What the current environment is made of."""
        (digest,) = [each["lock"] for each in self.json("environment", "list") if each["current"]]
        return str(digest)

    def modules(self) -> dict[str, tuple[str, str]]:
        """Version and state by name."""
        return {each["name"]: (each["version"], each["state"]) for each in self.json("list")}

    def tables(self) -> set[str]:
        """The tables of modules, whatever else is there."""
        with connect(parse_url(self.url), read_only=True) as connection:
            from sqlalchemy import inspect

            return {name for name in inspect(connection).get_table_names() if not name.startswith("hub_")}


@dataclass(frozen=True)
class Origin:
    """Where the locks were made. ``first`` and ``second`` are what it exported with stock 1.0, and with 1.1 and rack."""

    machine: Machine
    first: Path
    second: Path
    outer: Path
    """The command ``hub`` of an interpreter that has hub-core, and no module."""

    def moved(self, folder: Path, url: str, wheels: Path) -> Machine:
        """hub.toml and hub.lock, and nothing else, in the folder of another machine."""
        folder.mkdir()
        shutil.copy(wheels / "hub.lock", folder)
        (folder / "hub.toml").write_text("[modules.notes]\n\n[modules.stock]\n")
        return Machine(self.outer, folder, url, wheels, installer="uv")


@pytest.fixture(scope="module")
def origin(hub: Path, tmp_path_factory: pytest.TempPathFactory) -> Origin:
    """A hub in an environment that plain pip made, adopted with pip; its modules were built here, so no source has them."""
    work = tmp_path_factory.mktemp("origin")
    folder, backend = work / "hub", work / "backend"
    folder.mkdir()
    run(hub.with_name("python"), "-m", "pip", "download", "-q", "hatchling", "--dest", backend)
    (folder / "hub.toml").write_text("[modules.notes]\n")
    machine = Machine(hub, folder, f"sqlite:///{work / 'hub.db'}", backend, installer="pip")
    machine.run("environment", "adopt", "--yes")
    shelf = Shelf(hub, work, machine.url, work)
    shelf.add("stock", "1.0", V10)
    assert "bring hub-module-stock 1.0" in machine.run("install", str(work / "projects" / "stock-1.0"), "--yes")
    said = machine.run("environment", "export", str(work / "first"))
    assert "hub.lock and constraints.txt are in" in said
    files = [shelf.add("stock", "1.1", V11), shelf.add("rack", "1.0", {})]
    machine.run("install", *map(str, files), "--yes")
    machine.run("environment", "export", str(work / "second"))
    venv = work / "new-machine"
    run(sys.executable, "-m", "venv", venv)
    options: list[str | Path] = [
        "--no-index",
        "--find-links",
        work / "first",
        "--constraint",
        work / "first" / "constraints.txt",
    ]
    run(venv / "bin" / "python", "-I", "-m", "pip", "install", "-q", *options, "hub-core")
    return Origin(machine, work / "first", work / "second", venv / "bin" / "hub")


@pytest.mark.timeout(900)
def test_a_new_machine_comes_to_the_same_state_with_an_empty_database_and_with_the_same(
    origin: Origin, tmp_path: Path, database_url: str
) -> None:
    one = origin.moved(tmp_path / "one", database_url, origin.first)
    expected = read_lock(origin.first / "hub.lock").digest
    with one.up() as running:
        serves(running, "1.0", ["shipped"])
    assert one.digest() == expected
    enabled = {name: version for name, (version, state) in one.modules().items() if state == "enabled"}
    assert enabled == {"notes": "1.0.0", "stock": "1.0"}
    assert one.tables() >= {"notes_note", "stock_item"}
    assert "drift" not in one.run("plan")
    operations = one.json("history", "--operations")
    with connect(parse_url(database_url)) as connection:
        connection.exec_driver_sql("INSERT INTO stock_item VALUES ('counted')")
        connection.commit()
    same = origin.moved(tmp_path / "same", database_url, origin.first)
    with same.up() as running:
        serves(running, "1.0", ["counted", "shipped"])
    assert same.digest() == expected
    assert same.modules() == one.modules()
    assert one.json("history", "--operations") == operations, "the same environment elsewhere is no change"


@pytest.mark.timeout(900)
def test_a_wheel_that_is_nowhere_is_named_with_what_to_do(origin: Origin, tmp_path: Path) -> None:
    machine = origin.moved(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}", origin.first)
    machine.wheels = tmp_path / "wheels"
    shutil.copytree(origin.first, machine.wheels)
    (machine.wheels / "hub_module_stock-1.0-py3-none-any.whl").unlink()
    said = machine.run("up", "--yes", code=1)
    assert (
        "hub_module_stock-1.0-py3-none-any.whl, which the lock names by hash, cannot be had from the wheelhouse" in said
    )
    assert "hub environment export DIR" in said
    assert not (machine.folder / ".hub" / "environments" / "current").exists()


@pytest.mark.timeout(1200)
def test_machines_that_share_a_database_follow_each_other(origin: Origin, tmp_path: Path, database_url: str) -> None:
    first = origin.moved(tmp_path / "first", database_url, origin.first)
    second = origin.moved(tmp_path / "second", database_url, origin.first)
    second.wheels = tmp_path / "wheels"
    shutil.copytree(origin.first, second.wheels)
    with first.up() as one, second.up() as other:
        serves(one, "1.0", ["shipped"])
        serves(other, "1.0", ["shipped"])
        first.wheels = origin.second
        first.run("install", "stock==1.1", "--yes")
        serves(one, "1.1", ["shipped!"])
        until = time.monotonic() + PATIENCE_SECONDS
        while not any("cannot be made here" in line for line in other.said):
            assert time.monotonic() < until, other.said
            time.sleep(0.2)
        with other.client(None) as client:
            assert "1.0" in client.get("/api/v1/stock/items").json()
        assert any("hub_module_stock-1.1-py3-none-any.whl" in line for line in other.said)
        drift = second.run("plan")
        assert "the database records another one" in drift
        assert "hub-module-stock 1.0 → 1.1" in drift
        refused = second.run("disable", "notes", "--yes", code=1)
        assert "hub_module_stock-1.1-py3-none-any.whl" in refused
        assert "hub environment export DIR" in refused
        shutil.copytree(origin.second, second.wheels, dirs_exist_ok=True)
        with suppress(AssertionError):  # it tries again now and then, and an environment takes its time
            serves(other, "1.1", ["shipped!"])
        serves(other, "1.1", ["shipped!"])
        assert second.digest() == first.digest()
    shutil.copy(origin.first / "hub.lock", second.folder)
    assert "hub.lock is that of generation" in second.run("plan")
    with second.up() as other:
        serves(other, "1.1", ["shipped!"])
        assert any("hub.lock is that of generation" in line for line in other.said)
    assert second.digest() == first.digest()


@pytest.mark.timeout(1200)
def test_modules_come_from_an_index_a_wheelhouse_a_file_and_a_project(origin: Origin, tmp_path: Path) -> None:
    """Each with uv and with pip, by ``hub install``."""
    machine = origin.moved(tmp_path / "hub", f"sqlite:///{tmp_path / 'hub.db'}", origin.first)
    with machine.up() as running:
        serves(running, "1.0", ["shipped"])
    shelf = Shelf(machine.hub, tmp_path, machine.url, tmp_path)
    for index in served(tmp_path / "index"):
        for wheel in origin.machine.wheels.glob("*.whl"):  # what projects are built with
            shutil.copy(wheel, index.folder)
        for tool in ("uv", "pip"):
            machine.installer, machine.more = tool, {"HUB_WHEELHOUSE": "", "HUB_INDEX_URL": index.url}
            of_index, file = shelf.add(f"{tool}_index", "1.0", {}), shelf.add(f"{tool}_file", "1.0", {})
            of_index.rename(index.folder / of_index.name)
            shelf.add(f"{tool}_project", "1.0", {})
            project = tmp_path / "projects" / f"{tool}_project-1.0"
            machine.run("install", f"{tool}_index", str(file), str(project), "--yes")
            assert of_index.name in index.files_asked
            house = tmp_path / f"{tool}-wheelhouse"
            house.mkdir()
            of_house = shelf.add(f"{tool}_house", "1.0", {})
            of_house.rename(house / of_house.name)
            machine.more = {"HUB_WHEELHOUSE": str(house)}
            machine.run("install", f"{tool}_house", "--yes")
            for source in ("index", "file", "project", "house"):
                assert machine.modules()[f"{tool}_{source}"] == ("1.0", "enabled")


@pytest.mark.timeout(1200)
def test_an_environment_that_is_damaged_or_left_behind_is_told_and_mended(origin: Origin, tmp_path: Path) -> None:
    machine = origin.moved(tmp_path / "hub", f"sqlite:///{tmp_path / 'hub.db'}", origin.first)
    folder = machine.folder / ".hub" / "environments"
    with machine.up() as running:
        serves(running, "1.0", ["shipped"])
    machine.wheels = origin.second
    shutil.copy(origin.second / "hub.lock", machine.folder)  # as from version control
    assert "hub.lock never ran here: hub-module-rack absent → 1.0, hub-module-stock 1.0 → 1.1" in machine.run("plan")
    with machine.up() as running:
        serves(running, "1.1", ["shipped!"])
        assert "environment 2 was made from the lock of hub.lock" in running.said
    digest = machine.digest()
    site = next((folder / "2").glob("lib/python*/site-packages"))

    (site / "hub_module_stock" / "routes" / "api" / "items.py").write_text("raise SystemExit(3)\n")
    told = machine.run("plan")
    assert "environment 2: " in told
    assert "is not the file that hub-module-stock brought; hub up makes the environment again from its lock" in told
    assert "2 is damaged: " in machine.run("environment", "list")
    assert "notes" in machine.run("list")
    with machine.up() as running:
        serves(running, "1.1", ["shipped!"])
        assert any(line.startswith("environment 2 is damaged: ") for line in running.said)
        assert any(line.startswith("environment 3 was made from the lock of generation") for line in running.said)
    assert ((folder / "current").readlink(), machine.digest()) == (Path("3"), digest)
    assert "drift" not in machine.run("plan")

    python = folder / "3" / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python3")
    said = machine.run("list")
    assert f"environment {folder / '3'} cannot run: its interpreter /no/such/python3 is not there any more" in said
    assert "hub up makes the other one again" in said
    assert "3 is damaged: its interpreter" in machine.run("environment", "list")
    assert "done: operation" in machine.run("disable", "notes", "--yes")
    assert ((folder / "current").readlink(), machine.digest()) == (Path("4"), digest)

    (folder / "current").unlink()
    (folder / "current").symlink_to("9")
    (machine.folder / "hub.lock").unlink()
    assert "environments/9 cannot run: it is gone" in machine.run("list")
    machine.url = f"sqlite:///{tmp_path / 'nothing.db'}"
    lost = machine.run("enable", "notes", "--yes", code=1)
    assert "environment 9 cannot run, and neither hub.lock nor the database says what was in it" in lost


@pytest.mark.timeout(1200)
def test_an_environment_that_was_kept_is_gone_back_to_unless_a_module_could_not_run(
    origin: Origin, tmp_path: Path
) -> None:
    machine = origin.moved(tmp_path / "hub", f"sqlite:///{tmp_path / 'hub.db'}", origin.first)
    with machine.up() as running:
        serves(running, "1.0", ["shipped"])
        before = machine.digest()
        machine.wheels = origin.second
        machine.run("install", "rack", "--yes")
        refused = machine.run("environment", "use", "1", "--yes", code=1)
        assert "rack could not run any more; nothing was changed" in refused
        machine.run("disable", "rack", "--yes")
        said = machine.run("environment", "use", "1", "--yes")
        assert "remove hub-module-rack 1.0" in said
        assert machine.digest() == before
        assert read_lock(machine.folder / "hub.lock").digest == before
        assert "nothing to do" in machine.run("environment", "use", "1")
        machine.run("install", "stock==1.1", "--yes")
        serves(running, "1.1", ["shipped!"])
        refused = machine.run("environment", "use", "1", "--yes", code=1)
        assert (
            "its tables are at stock_0002, as version 1.1 left them, and the 1.0 on disk has no such revision"
            in refused
        )
        serves(running, "1.1", ["shipped!"])
    history = [row["kind"] for row in machine.json("history", "--operations")]
    assert [kind for kind in history if kind != "up"] == ["install", "disable", "use", "install"]
    assert "there is no environment 7, and no lock file of that name" in machine.run("environment", "use", "7", code=1)
