"""How results look: JSON when asked for, a table on a terminal, plain columns in a pipe."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from .json_output import own_output
from .terminal_text import can_show, one_line, say_lines

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
"""The option every listing takes."""


def print_json(value: Any) -> None:
    """Print one JSON value."""
    text, out = json_text(value, indent=2), own_output()
    typer.echo(text if can_show(text, out) else json.dumps(value, indent=2, default=str), file=out)


def nothing_to_do(why: str = "", *, as_json: bool) -> int:
    """Say that a change had nothing to change, and why where that is known; its exit code."""
    if as_json:
        print_json({"operation": None, "packages": [], "steps": [], "backups": []})
    else:
        typer.echo(f"nothing to do: {why}" if why else "nothing to do")
    return 0


def json_text(value: Any, *, indent: int | None = None) -> str:
    """``value`` as JSON that a terminal shows as it is: what would steer it is written as ``\\u…``."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, yielding: str | None = None) -> None:
    """Print rows under headings; in a pipe without frame, colour and headings, columns two spaces apart.

    :param yielding: the column that is cut where a terminal is too narrow for all.
    """
    rows = [[one_line(str(cell)) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(headings, rows, yielding)
        return
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(headings))]
    if rows:
        say_lines("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _print_rich(headings: Sequence[str], rows: Sequence[Sequence[str]], yielding: str | None) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE, pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=yielding not in (None, heading))
    for row in rows:
        table.add_row(*(Text(cell, no_wrap=yielding is not None, overflow="ellipsis") for cell in row))
    Console().print(table)
