"""Follow the page on enabling and disabling to the letter, in an installed hub: its commands, and what it says they print."""

import re
import textwrap
from pathlib import Path

import pytest

from tests.wheels.conftest import ROOT
from tests.wheels.shelf import Shelf

PAGE = ROOT / "docs" / "how-to" / "enable-and-disable.md"
BLOCK = re.compile(r"^ *```(?P<kind>sh|text)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
HUB_TOML = "[modules.payments]\nenabled = false # not yet\n\n[modules.billing]\nenabled = false\n"


@pytest.mark.timeout(300)
def test_the_page_leads_there_and_back(hub: Path, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(HUB_TOML)
    shelf = Shelf(hub, tmp_path, f"sqlite:///{tmp_path / 'hub.db'}", tmp_path)
    printed, ran = "", 0
    for each in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        text = textwrap.dedent(each["text"])
        if each["kind"] == "sh":
            for command in text.splitlines():
                is_refused = command == "hub disable payments --yes"
                printed = shelf.run(*command.split()[1:], code=1 if is_refused else 0)
                ran += 1
                assert (tmp_path / "hub.db").exists() == (ran > 1)
        else:
            lines = [" ".join(line.split()) for line in printed.splitlines()]
            for line in text.splitlines():
                assert " ".join(line.split()) in lines, printed
    assert ran == 6
    assert (tmp_path / "hub.toml").read_text() == HUB_TOML
