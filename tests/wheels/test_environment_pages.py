"""Follow the pages on environments and on another machine to the letter, one after the other, with real environments."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.wheels.conftest import ROOT
from tests.wheels.hub_process import clean_environment, hub_up
from tests.wheels.shelf import Shelf
from tests.wheels.stock import V10
from tests.wheels.test_another_machine import OFFLINE

PAGES = ROOT / "docs" / "how-to"
BLOCK = re.compile(r"^ *```sh\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    """Each line of the shell that stands in the numbered steps."""
    steps = (PAGES / page).read_text(encoding="utf-8").partition("\n## ")[0]
    return [line for each in BLOCK.finditer(steps) for line in textwrap.dedent(each["text"]).splitlines()]


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command of a page prints, with ``NAME=value`` before it as a shell has it."""
    parts = shlex.split(command)
    while "=" in parts[0]:
        name, _, value = parts.pop(0).partition("=")
        environment = {**environment, name: value}
    program = parts[0] if "/" not in parts[0] else str(folder / parts[0])
    done = subprocess.run(
        [program, *parts[1:]], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(1200)
def test_the_pages_lead_to_a_managed_environment_back_and_to_another_machine(hub: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, "", wheels)
    shelf.add("stock", "1.0", V10)
    shelf.add("rack", "1.0", {})
    path = os.pathsep.join([str(hub.parent), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = clean_environment(here, {**OFFLINE, "PATH": path, "HUB_WHEELHOUSE": str(wheels)})
    (here / "hub.toml").write_text("[modules.notes]\n")

    steps = commands("environments.md")
    assert steps[-1] == "hub up"
    said = {}
    for number, command in enumerate(steps[:-1]):
        said[number, command] = run(command, here, environment)
    listed = [text for (_, command), text in said.items() if command == "hub environment list"]
    assert [text.count("current") for text in listed] == [1, 1]
    assert "done: operation" in said[steps.index("hub environment use 1 --yes"), "hub environment use 1 --yes"]
    drift = [line for line in said[len(steps) - 2, "hub plan"].splitlines() if line.startswith("drift: ")]
    assert drift == ["drift: notes: only in hub.toml"], "which no hub up has applied yet"
    with hub_up(hub, here, f"sqlite:///{here / '.hub' / 'hub.db'}", **environment):
        pass

    export, venv, install, up = commands("move-to-another-machine.md")
    run(export, here, environment)
    for name in ("hub.toml", "hub.lock"):
        shutil.copy(here / name, there)
    shutil.copytree(here / "wheels", there / "wheels")
    environment = clean_environment(there, {**OFFLINE, "PATH": path})
    run(venv, there, environment)
    run(install, there, environment)
    assert up == "HUB_WHEELHOUSE=wheels venv/bin/hub up --yes"
    with hub_up(
        there / "venv" / "bin" / "hub",
        there,
        f"sqlite:///{there / 'hub.db'}",
        **OFFLINE,
        PATH=path,
        HUB_WHEELHOUSE="wheels",
    ) as running:
        assert running.token
    assert (there / "hub.lock").read_text() == (here / "hub.lock").read_text()
