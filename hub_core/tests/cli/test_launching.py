"""An environment that cannot run is told: who looks, looks from elsewhere; who changes something has it made again, or is refused."""

import inspect
import json
import os
import sys
from importlib import import_module
from pathlib import Path

import pytest

from hub_core.cli.commands import COMMANDS
from hub_core.cli.launching import CHANGES, fault_of
from hub_core.packages import Environment, Environments, Lock, LockedPackage, build, workshop
from hub_core.settings import read_settings
from hub_core.tests.cli.hub_processes import run_new_hub
from hub_core.tests.packages.small_wheels import wheel


@pytest.fixture
def broken(tmp_path: Path) -> Environment:
    """A real environment, which is current, and whose interpreter was removed since; it holds no hub."""
    (tmp_path / "hub.toml").write_text('[hub]\nwheelhouse = "wheels"\ninstaller = "uv"\n')
    wheel(tmp_path / "wheels", "hub_core", "0.1")
    with workshop(read_settings(tmp_path)) as at:
        file = at.store.add(tmp_path / "wheels" / "hub_core-0.1-py3-none-any.whl")
        lock = Lock(packages=(LockedPackage(name="hub-core", version="0.1", wheel=file),), roots=("hub-core",))
        environment = build(lock, at)
        at.environments.switch(environment.name)
    environment.python.unlink()
    environment.python.symlink_to("/no/such/python3")
    return environment


def test_a_command_that_looks_says_so_and_works(broken: Environment, tmp_path: Path) -> None:
    done = run_new_hub(tmp_path, "list", "--json")
    assert done.returncode == 0
    json.loads(done.stdout)
    assert done.stderr.splitlines()[:2] == [
        f"environment {broken.folder} cannot run: its interpreter /no/such/python3 is not there any more, or is no program",
        f"this looks from {os.path.realpath(sys.prefix)}; hub up makes the other one again",
    ]


def test_it_is_listed_as_damaged(broken: Environment, tmp_path: Path) -> None:
    done = run_new_hub(tmp_path, "environment", "list")
    assert f"1 is damaged: its interpreter {broken.python} cannot be started" in done.stdout
    (row,) = json.loads(run_new_hub(tmp_path, "environment", "list", "--json").stdout)
    assert row["faults"] == [f"its interpreter {broken.python} cannot be started"]
    assert row["lock"] == broken.lock.digest


def test_plan_names_it_with_what_mends_it(broken: Environment, tmp_path: Path) -> None:
    drift = json.loads(run_new_hub(tmp_path, "plan", "--json").stdout)["drift"]
    assert drift == [
        f"environment 1: its interpreter {broken.python} cannot be started; hub up makes the environment again from its lock",
        "hub.lock, which says what runs here, is gone; hub up writes it",
    ]


@pytest.mark.parametrize("command", ["enable notes --yes", "rollback notes --yes", "move notes schema --yes"])
def test_a_command_that_changes_something_makes_it_again(broken: Environment, tmp_path: Path, command: str) -> None:
    """It becomes the command in the new one, where this test's hub is none."""
    done = run_new_hub(tmp_path, *command.split())
    assert f"environment 1 is damaged: its interpreter {broken.python} cannot be started" in done.stderr
    assert "environment 2 was made from the lock of environment 1" in done.stderr
    assert "ModuleNotFoundError: No module named 'hub_core.cli'" in done.stderr
    current = Environments(tmp_path / ".hub").current()
    assert current is not None
    assert (current.name, current.lock) == ("2", broken.lock)


@pytest.mark.parametrize(
    "command",
    ["downgrade notes", "rollback notes", "enable notes", "move notes schema", "install notes", "environment use 1"],
)
def test_with_dry_run_it_looks_from_here_and_changes_nothing(broken: Environment, tmp_path: Path, command: str) -> None:
    folder = tmp_path / ".hub" / "environments"
    before = sorted(folder.iterdir()), (folder / "current").readlink()
    done = run_new_hub(tmp_path, *command.split(), "--dry-run")
    assert done.stderr.splitlines()[:2] == [
        f"environment {broken.folder} cannot run: its interpreter /no/such/python3 is not there any more, or is no program",
        f"this looks from {os.path.realpath(sys.prefix)}; hub up makes the other one again",
    ]
    assert "was made from the lock of" not in done.stderr
    assert (sorted(folder.iterdir()), (folder / "current").readlink()) == before


@pytest.mark.parametrize("command", ["migrate --check", "migrate --sql", "downgrade --help"])
def test_so_it_does_with_what_else_only_looks(broken: Environment, tmp_path: Path, command: str) -> None:
    done = run_new_hub(tmp_path, *command.split())
    assert "hub up makes the other one again" in done.stderr
    assert Environments(tmp_path / ".hub").current() == broken


def test_every_command_that_changes_modules_runs_in_the_right_environment() -> None:
    modules = {name: import_module(f"hub_core.cli.{file}") for name, (file, _) in COMMANDS.items()}
    agreed_to = {name for name, module in modules.items() if "yes" in inspect.signature(module.command).parameters}
    assert agreed_to - CHANGES == {"environment adopt"}, "it is called where no other one can run"
    assert CHANGES - agreed_to == {"serve"}, "it depends on it, and asks nobody"


def test_it_is_refused_when_it_cannot_be_made(broken: Environment, tmp_path: Path) -> None:
    (tmp_path / ".hub" / "wheels" / broken.lock.packages[0].wheel.sha256).rename(tmp_path / "gone")
    (tmp_path / "wheels" / "hub_core-0.1-py3-none-any.whl").unlink()
    done = run_new_hub(tmp_path, "enable", "notes", "--yes")
    assert done.returncode == 1
    assert (
        "hub_core-0.1-py3-none-any.whl, which the lock names by hash, cannot be had from the wheelhouse" in done.stderr
    )


def test_one_that_is_gone_altogether_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ".hub" / "environments"
    folder.mkdir(parents=True)
    (folder / "current").symlink_to("7")
    assert f"environment {folder / '7'} cannot run: it is gone" in run_new_hub(tmp_path, "list").stderr
    done = run_new_hub(tmp_path, "enable", "notes", "--yes")
    assert done.returncode == 1
    assert "error: environment 7 cannot run, and neither hub.lock nor the database says what was in it" in done.stderr
    assert f"cause: {folder / 'current'} leads to 7, where no complete environment is" in done.stderr


@pytest.mark.parametrize("harm", ["gone", "no python", "no program", "no hub"])
def test_what_keeps_an_environment_from_being_entered(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "1"
    site = folder / "lib" / "python3.11" / "site-packages"
    python = folder / "bin" / "python"
    if harm != "gone":
        (site / "hub_core-1.0.dist-info").mkdir(parents=True)
        python.parent.mkdir()
    if harm != "no python":
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch(mode=0o755 if harm == "no hub" else 0o644)
    if harm == "no hub":
        (site / "hub_core-1.0.dist-info").rmdir()
    if harm == "gone":
        python.unlink()
        python.parent.rmdir()
        folder.rmdir()
    assert (
        fault_of(str(folder))
        == {
            "gone": "it is gone",
            "no python": f"{python} is gone",
            "no program": f"its interpreter {python} is not there any more, or is no program",
            "no hub": "hub-core is not installed in it any more",
        }[harm]
    )
