"""Names, titles, versions and requirements come from files that anybody may have written: none of them steers a terminal."""

import json
import sys
from pathlib import Path

import pytest

from hub_core.cli.main import main
from hub_core.tests.cli.hub_processes import serving
from hub_core.tests.sample_modules import SampleModules

ESCAPES = "\x1b]0;taken\x07\x1b[2J\x1b[31m"
"""Renames the window, clears the screen, and goes on in red."""
EIGHT_BIT = "\x9b2J\x85\u202e\u2028\x7f"
"""The same in one character, a new line, text from right to left, another new line, and delete."""
COMMANDS = (["list"], ["show", "odd"], ["show", "older"], ["check"], ["plan"])
MANIFEST = 'title = "Odd \\u001B[2J\\u009B2J\\u202E"\nsummary = "Odd \\u001B[2J\\u009B2J\\u202E"\n'


@pytest.fixture(autouse=True)
def hostile_modules(samples: SampleModules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One module that can run until it is imported, and others that say why not: in each another text is hostile."""
    samples.install("odd", {"__init__.py": f"raise RuntimeError({ESCAPES + EIGHT_BIT!r})"}, manifest=MANIFEST)
    samples.install("older", requires=(f"nowhere{ESCAPES}>=1", f"wrong {EIGHT_BIT}"))
    samples.install("tool", manifest='binaries = ["\\u001B[2J\\u009B2J"]\n')
    samples.install("name", distribution=f"sample-{ESCAPES}", requires=("nowhere",))
    for info in samples.site.glob("*.dist-info"):
        text = (info / "METADATA").read_text()
        (info / "METADATA").write_text(text.replace("A sample", f"A {ESCAPES}{EIGHT_BIT} sample"))
    version = samples.site / "sample_older-1.0.dist-info" / "METADATA"
    version.write_text(version.read_text().replace("Version: 1.0", f"Version: 1.0{ESCAPES}"))
    (samples.site / "sample_tool-1.0.dist-info" / "entry_points.txt").write_text(
        f"[hub.modules]\ntool{ESCAPES} = sample_tool\n"
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hub.toml").write_text("[modules.odd]\n\n[modules.older]\n\n[modules.name]\n")
    return samples.site


def steering(text: str) -> set[str]:
    """The characters in ``text`` that a terminal does not simply show."""
    return {letter for letter in text if not letter.isprintable() and letter != "\n"}


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_printed_steers_a_terminal(
    capsys: pytest.CaptureFixture[str], command: list[str], options: list[str]
) -> None:
    assert main([*command, *options]) in (0, 1)
    printed = capsys.readouterr()
    assert "taken" in printed.out or "2J" in printed.out, "the texts themselves are told"
    assert steering(printed.out + printed.err) == set()
    if options:
        json.loads(printed.out)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_on_a_terminal_colours_are_the_hubs_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    assert main(command) in (0, 1)
    assert steering(capsys.readouterr().out) == set()


def test_an_error_that_names_a_module_does_not_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "tool]0;taken[2J[31m"]) == 1
    printed = capsys.readouterr().err
    assert "did you mean" in printed
    assert steering(printed) == set()


def test_json_says_exactly_what_stands_in_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "odd", "--json"])
    assert json.loads(capsys.readouterr().out)["title"] == "Odd \x1b[2J\x9b2J\u202e"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_report_of_a_start_does_not_steer_a_terminal_either(
    hostile_modules: Path, tmp_path: Path, options: list[str]
) -> None:
    with serving(tmp_path, "up", "--yes", *options, path=hostile_modules) as hub:
        hub.stop()
    assert "odd" in hub.output
    assert steering(hub.output) == set()
    report = [line for line in hub.log.read_text().split("\n") if not line.startswith("{")]
    assert steering("".join(report)) == set()
