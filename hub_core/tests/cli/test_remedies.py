"""Nobody is told to change an environment of the hub with pip."""

import sys
from pathlib import Path

import pytest

from hub_core.cli.remedies import remedy_here

TEXTS = {
    "pip install 'shop>=1,<2', or change the range in hub.toml": "hub install 'shop>=1,<2', or change the range in hub.toml",
    "pip install --upgrade shop ledger for a release that runs here": "hub upgrade shop ledger for a release that runs here",
    "Run pip install --target extra, or take it out": "Run pip install --target extra, or take it out",
}


@pytest.mark.parametrize(("text", "here"), TEXTS.items())
def test_in_an_environment_of_the_hub_the_hub_installs(
    text: str, here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert remedy_here(text) == text
    (tmp_path / "pylock.toml").touch()
    assert remedy_here(text) == here
