"""The hub itself in another release: its tables go along, old modules are served on, and one that does not start goes back."""

import os
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import inspect

from hub_core.database import connect, parse_url
from hub_core.registry import CORE_REVISION
from hub_core.tests.later_core import later_revision
from tests.wheels.hub_process import hub_up
from tests.wheels.next_release import next_release
from tests.wheels.shelf import PATIENCE_SECONDS, Shelf, serves
from tests.wheels.stock import V10

MIGRATES = {
    "hub_core/registry/versions/hub_9999_novelty.py": later_revision(),
    "hub_core/registry/tables.py": '\nCORE_REVISION = "hub_9999"\n',
}
RAISES = {"hub_core/registry/versions/hub_9999_novelty.py": later_revision("raise KeyError('half way')")}
AT_IMPORT = {"hub_core/cli/main.py": "\nraise ImportError('no such thing')\n"}
DIES = {"hub_core/operations/recovery.py": "\nimport os\n\n\ndef recover(*_):\n    os._exit(9)\n"}
SLOW = {"hub_core/cli/serve.py": "\nimport time\n\ntime.sleep(20)\n"}
HANGS = {"hub_core/cli/main.py": "\nimport time\n\ntime.sleep(1000)\n"}
SERVES_NOT = {"hub_core/cli/serve.py": "\nraise LookupError('no socket today')\n"}
NOT_THERE = {
    "hub_core/cli/serve.py": "\nimport os\n\nif os.environ.get('NOT_THERE'):\n    raise LookupError('not there')\n"
}
BROKEN: Mapping[str, tuple[Mapping[str, str], str]] = {
    "0.2.1": ({**MIGRATES, **AT_IMPORT}, "did not come up, and everything is as it was"),
    "0.2.2": ({**MIGRATES, **RAISES}, "the migration of hub to hub_9999 failed"),
    "0.2.3": ({**MIGRATES, **DIES}, "it ended with exit code 9"),
    "0.2.6": ({**MIGRATES, **HANGS}, "killed by signal 9"),
    "0.2.4": ({**MIGRATES, **SERVES_NOT}, "it ended with exit code 3: LookupError: no socket today"),
}


def revision(url: str) -> str:
    """The revision that the core's tables are at."""
    with connect(parse_url(url), read_only=True) as connection:
        return str(connection.exec_driver_sql("SELECT version_num FROM hub_alembic_version").scalar())


def tables(url: str) -> dict[str, list[str]]:
    """The core's tables with their columns, and the revision they are at; read while nobody changes them."""
    with connect(parse_url(url), read_only=True) as connection:
        found = inspect(connection)
        columns = {
            name: sorted(column["name"] for column in found.get_columns(name))
            for name in found.get_table_names()
            if name.startswith("hub_")
        }
    return {**columns, "at": [revision(url)]}


def core(wheelhouse: Path) -> Path:
    """The wheel of the hub as it is."""
    (found,) = wheelhouse.glob("hub_core-*.whl")
    return found


@pytest.mark.timeout(900)
def test_the_hub_itself_moves_or_stays(hub: Path, wheelhouse: Path, tmp_path: Path, database_url: str) -> None:
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    (tmp_path / "hub.toml").write_text("[modules.notes]\n")
    with hub_up(hub, tmp_path, database_url, NOT_THERE="1", **shelf.variables) as running:
        process = running.process_id
        shelf.run("environment", "adopt", "--yes")
        shelf.add("stock", "1.0", V10)
        shelf.run("install", "stock", "--yes")
        serves(running, "1.0", ["shipped"])
        before, at_first, there = shelf.current(), tables(database_url), shelf.environments()
        for version, (files, told) in BROKEN.items():
            wheel = next_release(core(wheelhouse), version, wheels, files=files)
            said = shelf.run("upgrade", "hub-core", "--yes", code=1, HUB_START_SECONDS="8")
            assert told in said, said
            assert (shelf.current(), tables(database_url)) == (before, at_first), version
            assert shelf.environments() == there
            serves(running, "1.0", ["shipped"])
            wheel.unlink()

        wheel = next_release(core(wheelhouse), "0.2.8", wheels, files={**MIGRATES, **SLOW})
        upgrading = shelf.begin("upgrade", "hub-core", "--yes")
        while revision(database_url) != "hub_9999":
            assert upgrading.poll() is None
            time.sleep(0.05)
        os.killpg(upgrading.pid, signal.SIGKILL)  # whoever watches over it, too
        upgrading.communicate()
        wheel.unlink()
        shelf.add("rack", "1.0", {})
        shelf.run("install", "rack", "--yes")
        assert tables(database_url) == at_first
        before = shelf.current()
        serves(running, "1.0", ["shipped"])

        wheel = next_release(core(wheelhouse), "0.2.5", wheels, files={**MIGRATES, **NOT_THERE})
        assert "done: operation" in shelf.run("upgrade", "hub-core", "--yes")
        until = time.monotonic() + PATIENCE_SECONDS
        while (shelf.current(), revision(database_url)) != (before, CORE_REVISION):
            assert time.monotonic() < until, running.said
            time.sleep(0.2)
        assert tables(database_url) == at_first
        said = shelf.run("history", "--operations")
        assert said.splitlines()[-1].split()[1:3] == ["back", "done"] or "back" in said, said
        serves(running, "1.0", ["shipped"])
        wheel.unlink()

        next_release(core(wheelhouse), "0.3.0", wheels, files=MIGRATES)
        shelf.run("upgrade", "hub-core", "--yes")
        assert tables(database_url)["at"] == ["hub_9999"]
        assert "novelty" in tables(database_url)["hub_module"]
        assert shelf.current() != before
        serves(running, "1.0", ["shipped"])
        after = shelf.current()

        said = shelf.run("environment", "use", before, "--yes")
        assert "done: operation" in said
        assert (shelf.current(), tables(database_url)) == (before, at_first), "the core's own tables, too"
        serves(running, "1.0", ["shipped"])
        shelf.run("environment", "use", after, "--yes")
        assert revision(database_url) == "hub_9999"
        shutil.copy(core(wheelhouse), wheels)
        said = shelf.run("downgrade", "hub-core", "--yes")
        assert "done: operation" in said
        assert tables(database_url) == at_first
        serves(running, "1.0", ["shipped"])
        assert running.process_id == process
    assert shelf.run("list").count("stock") == 1
