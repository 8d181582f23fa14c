"""What `hub install` does with what is installed: a library, a module that is there, one that was disabled since."""

import json
from pathlib import Path

import pytest

from tests.wheels.shelf import Shelf


@pytest.mark.timeout(900)
def test_what_is_there_is_enabled_or_nothing_is_to_be_done(hub: Path, tmp_path: Path, database_url: str) -> None:
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    shelf.run("environment", "adopt", "--yes")
    shelf.add("rich", "1.0", {})
    assert "bring hub-module-rich 1.0" in shelf.run("install", "rich", "--yes"), "and not the library of that name"
    for name in ("rich", "rich>=1", "hub-module-rich==1.0"):
        assert shelf.run("install", name, "--yes").splitlines()[-1] == "nothing to do"
    said = shelf.run("install", "rich>=1", "--yes", "--json")
    assert json.loads(said[said.index("{") :])["operation"] is None
    shelf.run("disable", "rich", "--yes")
    before = shelf.current(), shelf.environments()
    assert "enable rich" in shelf.run("install", "rich>=1", "--dry-run")
    assert "done: operation" in shelf.run("install", "rich>=1", "--yes")

    said = shelf.run("install", "hub-core", code=1)
    assert "error: hub-core brings no module\n" in said
    assert "remedy: To move it, which is installed already, to another release: hub upgrade hub-core\n" in said
    version = shelf.run("--version").split()[-1]
    assert shelf.run("upgrade", f"hub-core=={version}", "--yes").splitlines()[-1] == "nothing to do"
    assert (shelf.current(), shelf.environments()) == before
