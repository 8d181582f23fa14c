"""The command line as a whole: exit codes, help, what is imported, what is printed when something goes wrong."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from hub_core.cli.commands import COMMANDS
from hub_core.cli.main import main
from hub_core.errors import HubError

HUB = [sys.executable, "-c", "import sys; from hub_core.cli.main import main; sys.exit(main())"]
HEAVY = {"alembic", "fastapi", "pydantic", "sqlalchemy", "starlette", "uvicorn"}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Adds a command ``try`` with this body."""

    def add(body: Callable[[], object]) -> None:
        module = ModuleType("hub_core.cli.tried")
        module.command = body  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(COMMANDS, "try", ("tried", "Tried."))

    return add


def imported_by(*arguments: str) -> set[str]:
    """The top-level names a command imports, in a process of its own."""
    command = [sys.executable, "-X", "importtime", *HUB[1:], *arguments]
    log = subprocess.run(command, capture_output=True, text=True, cwd=os.sep).stderr
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in log.splitlines() if "|" in line}


def test_help_names_every_command_and_imports_nothing_heavy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(f"  {name}" in printed and summary in printed for name, (_, summary) in COMMANDS.items())
    names = imported_by("--help")
    assert "hub_core" in names
    assert names & (HEAVY | {"typer", "rich", "packaging", "pluggy", "importlib_metadata"}) == set()


@pytest.mark.parametrize("arguments", [["check"], ["check", "--json"], ["check", "--help"], ["plan", "--help"]])
def test_a_command_that_opens_no_database_imports_nothing_heavy(arguments: list[str]) -> None:
    names = imported_by(*arguments)
    assert "typer" in names
    assert names & HEAVY - {"pydantic"} == set()  # typer itself converts arguments with pydantic


def test_no_arguments_are_a_call_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("Usage: hub")


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib_metadata import version

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"hub {version('hub-core')}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_help_is_the_first_of_the_commands_own(name: str) -> None:
    file, summary = COMMANDS[name]
    described = import_module(f"hub_core.cli.{file}").command.__doc__
    assert described.splitlines()[0] == summary


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shwo"], "hub has no command 'shwo'; did you mean \"show\"?\n"),
        (["--jsn"], "hub has no option '--jsn'\n"),
        (["check", "--jsn"], "Try 'hub check --help'.\n"),
        (["show"], "Try 'hub show --help'.\n"),
        (["list", "one"], "Try 'hub list --help'.\n"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.endswith(message)
    assert printed.out == ""


class OutOfPaper(HubError):
    code = "out_of_paper"


def test_an_expected_failure_is_told_without_traceback_or_password(
    command: Callable[[Callable[[], object]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise OutOfPaper(
            "cannot print to postgresql://me:s3cr@et@host/db", cause="no paper", remedy="Add paper, or turn the page"
        )

    command(body)
    assert main(["try"]) == 1
    assert capsys.readouterr().err == (
        "error: cannot print to postgresql://me:***@host/db\n"
        "cause: no paper\n"
        "remedy: Add paper, or turn the page\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "the right to it"),
        (errno.EROFS, "HUB_STATE_DIR"),
        (errno.ENOSPC, "Make room there"),
        (errno.EISDIR, "Move away"),
    ],
)
def test_what_the_system_denies_is_no_bug(
    number: int, remedy: str, command: Callable[[Callable[[], object]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise OSError(number, os.strerror(number), "/srv/hub/.hub/hub.db.lock")

    command(body)
    assert main(["try"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[:2] == ["error: /srv/hub/.hub/hub.db.lock cannot be used", f"cause: {os.strerror(number)}"]
    assert remedy in told[2]


def test_a_bug_keeps_its_traceback_and_hides_passwords(
    command: Callable[[Callable[[], object]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise ValueError("postgresql://me:s3cret@host/db?password=s3cret")

    command(body)
    assert main(["try"]) == 3
    printed = capsys.readouterr().err
    assert printed.startswith("Traceback (most recent call last):\n")
    assert printed.endswith("ValueError: postgresql://me:***@host/db?password=***\n")
    assert "s3cret@" not in printed


def test_an_interrupt_ends_with_130(command: Callable[[Callable[[], object]], None]) -> None:
    def body() -> None:
        raise KeyboardInterrupt

    command(body)
    assert main(["try"]) == 130


@pytest.mark.parametrize(("answer", "code"), [(None, 0), (0, 0), (1, 1), (7, 7)])
def test_what_a_command_returns_is_the_exit_code(
    command: Callable[[Callable[[], object]], None], answer: int | None, code: int
) -> None:
    command(lambda: answer)
    assert main(["try"]) == code


def test_a_reader_that_has_seen_enough_causes_no_traceback(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        ended = subprocess.run([*HUB, "--help"], stdout=closed, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (1, "")
