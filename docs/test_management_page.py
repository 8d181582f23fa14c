"""Follow the page about the management API to the letter, on both databases."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub_core.tests.cli.hub_processes import serving
from hub_core.tests.cli.managed_hub import PATIENCE_SECONDS, TOKEN, ManagedHub
from hub_core.tests.conftest import samples as samples  # a fixture
from hub_core.tests.sample_hub import only
from hub_core.tests.sample_modules import SampleModules

PAGE = Path(__file__).parent / "reference" / "management-api.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(600)
def test_the_commands_of_the_page_manage_a_module(samples: SampleModules, database_url: str, tmp_path: Path) -> None:
    samples.install("shop")
    ours = {"HUB_DATABASE_URL": database_url}
    look, disable, events, show, enable, listing, audit = BLOCK.findall(PAGE.read_text(encoding="utf-8"))[
        0
    ].splitlines()
    only(tmp_path, "shop")
    with serving(tmp_path, path=samples.site, variables=ours, patience=2 * PATIENCE_SECONDS) as hub:
        variables = {**os.environ, **ours, "HUB": hub.address, "TOKEN": hub.read_until(TOKEN.pattern)}
        variables |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(samples.site)}

        def run(line: str) -> str:
            done = subprocess.run(
                line, shell=True, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        assert [step["text"] for step in json.loads(run(look))["steps"]] == ["disable shop"]
        asked = json.loads(run(disable))
        assert json.loads(run(disable))["id"] == asked["id"]
        variables["OPERATION"] = asked["id"]
        managed = ManagedHub(hub.address, variables["TOKEN"])
        assert [*managed.events(asked["id"])][-1]["text"] == "done"
        assert "event: end\n" in run(events)
        assert json.loads(run(show))["outcome"] == "done"
        again = json.loads(run(enable))
        assert [*managed.events(again["id"])][-1]["text"] == "done"
        assert [each["action"] for each in json.loads(run(listing))] == ["enable", "disable", "up"]
        rows = [line.split() for line in run(audit).splitlines()]
        told = [word for row in rows for word in row if word in ("asked", "begun", "done", "repeated", "previewed")]
        whole = ["asked", "begun", "done"]
        assert sorted(told) == sorted(["begun", "done", "previewed", "repeated", *whole, *whole])
