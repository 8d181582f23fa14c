"""Print texts that strangers wrote on whatever standard output is: no control characters, no letter it cannot encode."""

import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

import typer

_WHOLE: Final = re.compile(
    r"\b(?:pip (?:un)?install|hub install|hub upgrade)(?: (?!or\b|for\b)(?:'[^']*'|[^\s,;]+))+|`[^`]*`|\([^\s()]+ [^\s()]+\)"
)
"""What is not divided: a command, which is copied as one line, and a distribution with its version."""
_JOIN: Final = "\0"
"""Stands for a space that is no place to break the line."""


def can_show(text: str, stream: TextIO | None = None) -> bool:
    """Whether the encoding of standard output, or of another stream, has these characters."""
    try:
        text.encode((stream or sys.stdout).encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def one_line(text: str) -> str:
    """``text`` without characters that end a line or steer a terminal; each becomes a space."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)


def say(line: str, *, err: bool = False) -> None:
    """Print one line; letters that the stream cannot encode become question marks."""
    say_lines((line,), err=err)


def say_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """The same for many lines, which are written at once."""
    stream = sys.stderr if err else sys.stdout
    text = "\n".join(map(one_line, lines))
    if not can_show(text, stream):
        encoding = stream.encoding or "ascii"
        text = text.encode(encoding, "replace").decode(encoding)
    typer.echo(text, err=err)


def say_wrapped(line: str, *, err: bool = False) -> None:
    """Print one line of prose; on a terminal in lines of its width. Elsewhere it stays one, which a program can find."""
    if not (sys.stderr if err else sys.stdout).isatty():
        say(line, err=err)
        return
    for each in wrapped(one_line(line), shutil.get_terminal_size().columns):
        say(each, err=err)


def wrapped(line: str, width: int) -> Iterator[str]:
    """``line`` in lines of ``width``, further in from the second on.

    Words and commands stay whole, also where they are longer: what a terminal breaks can still be copied as one line.
    """
    indent = " " * (len(line) - len(line.lstrip()))
    whole = _WHOLE.sub(lambda found: found[0].replace(" ", _JOIN), line.strip())
    lines = textwrap.wrap(
        whole,
        width=max(width, len(indent) + 20),
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    for each in lines or [""]:
        yield each.replace(_JOIN, " ")
