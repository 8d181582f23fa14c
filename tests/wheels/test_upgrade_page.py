"""Follow the page on upgrades to the letter, in an installed hub with a wheelhouse: its commands, and what it says they print."""

import re
import textwrap
from pathlib import Path

import pytest

from tests.wheels.conftest import ROOT
from tests.wheels.shelf import Shelf
from tests.wheels.test_looking_before import UvShelf, module_wheel

PAGE = ROOT / "docs" / "how-to" / "upgrade-modules.md"
BLOCK = re.compile(r"^ *```(?P<kind>sh|text)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """Kind and text of what stands in the numbered steps."""
    steps = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    return [(each["kind"], textwrap.dedent(each["text"])) for each in BLOCK.finditer(steps)]


@pytest.fixture
def shelf(hub: Path, tmp_path: Path) -> Shelf:
    """Both modules in release 1.0, in an environment that the hub manages."""
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    (tmp_path / "hub.toml").write_text("[modules.notes]\n")
    made = UvShelf(hub, tmp_path, f"sqlite:///{tmp_path / 'hub.db'}", wheels)
    made.run("environment", "adopt", "--yes")
    module_wheel(made, "stock", "1.0")
    module_wheel(made, "rack", "1.0", "hub-module-stock<2")
    made.run("install", "stock", "rack", "--yes")
    module_wheel(made, "stock", "2.0")
    module_wheel(made, "rack", "1.1", "hub-module-stock<3")
    return made


@pytest.mark.timeout(900)
def test_the_page_leads_from_a_look_to_an_upgrade_and_back(shelf: Shelf) -> None:
    printed, ran = "", 0
    for kind, text in blocks():
        if kind == "sh":
            for command in text.splitlines():
                asks = "--dry-run" in command and "rack" not in command
                printed = shelf.run(*command.split()[1:], code=1 if asks else 0)
                ran += 1
        else:
            lines = [" ".join(line.split()) for line in printed.splitlines()]
            for line in text.splitlines():
                assert " ".join(line.split()) in lines, printed
    assert ran == 4
    listed = {line.split()[0]: line.split()[1] for line in shelf.run("list").splitlines()}
    assert (listed["stock"], listed["rack"]) == ("1.0", "1.0")
