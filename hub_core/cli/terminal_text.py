"""Print texts that strangers wrote on whatever standard output is: no control characters, no letter it cannot encode."""

import sys

import typer


def can_show(text: str) -> bool:
    """Whether the encoding of standard output has these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def one_line(text: str) -> str:
    """``text`` without characters that end a line or steer a terminal; each becomes a space."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def say(line: str) -> None:
    """Print one line; letters that standard output cannot encode become question marks."""
    line = one_line(line)
    if not can_show(line):
        line = line.encode(sys.stdout.encoding or "ascii", "replace").decode(sys.stdout.encoding or "ascii")
    typer.echo(line)
