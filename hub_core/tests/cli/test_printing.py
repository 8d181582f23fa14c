"""Results are JSON when asked for, a table on a terminal, plain columns in a pipe."""

import sys

import pytest

from hub_core.cli.masking import masked
from hub_core.cli.printing import print_json, print_table
from hub_core.cli.terminal_text import say_wrapped, wrapped

ROWS = [("billing", "1.0", "[bold]"), ("a", "1.10", "")]


def test_a_pipe_gets_plain_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "version", "note"), ROWS)
    assert capsys.readouterr().out == "billing  1.0   [bold]\na        1.10\n"


def test_a_terminal_gets_a_table_with_headings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    print_table(("name", "version", "note"), ROWS)
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("name", "version", "billing", "[bold]"))
    assert len(printed.splitlines()) > len(ROWS) + 1


def test_an_empty_table_is_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name",), [])
    assert capsys.readouterr().out == ""


def test_json_keeps_letters_readable(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": "Büro"})
    assert capsys.readouterr().out == '{\n  "title": "Büro"\n}\n'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:pw@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:p@w/x@host/db and more", "postgresql://me:***@host/db and more"),
        ("postgresql://:pw@host", "postgresql://:***@host"),
        ("postgresql://host/db?password=pw&x=1", "postgresql://host/db?password=***&x=1"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("http://127.0.0.1:8000/ mail a@b", "http://127.0.0.1:8000/ mail a@b"),
        ("sqlite:////srv/hub.db", "sqlite:////srv/hub.db"),
    ],
)
def test_the_password_of_a_url_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


REMEDY = (
    "    remedy: Run the hub with Python >=4, or pip install --upgrade hub-module-billing for a release that runs here"
)


def test_prose_is_wrapped_further_in_and_a_command_stays_whole() -> None:
    assert list(wrapped(REMEDY, 60)) == [
        "    remedy: Run the hub with Python >=4, or",
        "        pip install --upgrade hub-module-billing for a",
        "        release that runs here",
    ]
    assert list(wrapped(REMEDY, 120)) == [REMEDY]


def test_a_command_is_not_divided_even_where_it_is_too_long() -> None:
    command = "pip install 'hub-module-payments>=1.0, <2' hub-module-billing"
    assert list(wrapped(f"remedy: {command}, then go on", 30)) == ["remedy:", f"    {command},", "    then go on"]


def test_where_nobody_looks_a_line_stays_one(capsys: pytest.CaptureFixture[str]) -> None:
    say_wrapped(f"{REMEDY} {REMEDY}")
    assert capsys.readouterr().out.count("\n") == 1


def test_a_narrow_terminal_cuts_the_column_that_yields_and_no_other(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")  # 80 columns and no colours
    name, title = "a_module_with_a_name_that_is_long", "A title that is much longer than that, and than what is left"
    print_table(("name", "title", "conditions"), [(name, title, "blocked")], yielding="title")
    (row,) = [line for line in capsys.readouterr().out.splitlines() if name in line]
    assert row.split()[0] == name
    assert row.split()[-1] == "blocked"
    assert "…" in row
    assert len(row) <= 80
