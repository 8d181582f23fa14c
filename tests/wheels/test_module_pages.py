"""Follow the pages on enabling, disabling and uninstalling to the letter, in an installed hub: commands, and what they print."""

import re
import textwrap
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.wheels.conftest import ROOT
from tests.wheels.shelf import Shelf

PAGES = ROOT / "docs" / "how-to"
BLOCK = re.compile(r"^ *```(?P<kind>sh|text)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
OFF = "[modules.payments]\nenabled = false # not yet\n\n[modules.billing]\nenabled = false\n"


def follow(page: str, shelf: Shelf, *, refused: Collection[str]) -> list[str]:
    """Run the commands of a page and find in what each printed the lines that the page shows; answers what they printed."""
    printed = []
    for each in BLOCK.finditer((PAGES / page).read_text(encoding="utf-8")):
        text = textwrap.dedent(each["text"])
        if each["kind"] == "sh":
            for command in text.splitlines():
                printed.append(shelf.run(*command.split()[1:], code=1 if command in refused else 0))
                if len(printed) == 1:
                    assert "hub_module" not in printed[0], "the first one looks only"
        else:
            lines = [" ".join(line.split()) for line in printed[-1].splitlines()]
            for line in text.splitlines():
                assert " ".join(line.split()) in lines, printed[-1]
    return printed


@pytest.mark.timeout(300)
def test_a_module_is_enabled_and_disabled(hub: Path, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(OFF)
    shelf = Shelf(hub, tmp_path, f"sqlite:///{tmp_path / 'hub.db'}", tmp_path)
    assert shelf.run("enable", "billing", "--dry-run")
    assert not (tmp_path / "hub.db").exists(), "a dry run makes nothing"
    assert len(follow("enable-and-disable.md", shelf, refused=["hub disable payments --yes"])) == 6
    assert (tmp_path / "hub.toml").read_text() == OFF


@pytest.mark.timeout(300)
def test_a_module_is_uninstalled(hub: Path, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("# ours\n[modules]\n")
    shelf = Shelf(hub, tmp_path, f"sqlite:///{tmp_path / 'hub.db'}", tmp_path)
    shelf.run("enable", "billing", "--yes")
    assert len(follow("uninstall-a-module.md", shelf, refused=["hub uninstall payments --yes"])) == 5
    assert (tmp_path / "hub.toml").read_text() == "# ours\n[modules]\n"
    assert not (tmp_path / ".hub" / "archives").exists(), "there was no row"
