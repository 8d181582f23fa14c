"""Results are JSON when asked for, a table on a terminal, plain columns in a pipe."""

import sys

import pytest

from hub_core.cli.masking import masked
from hub_core.cli.printing import print_json, print_table

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
