"""A revision file: its name, its text, and how it comes into a module's source tree without taking another's place."""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...catalog import Revision, heads_of
from ...errors import HubError
from .portable_types import literal

WIDTH: Final = 120
_LONGEST_SLUG: Final = 40
_DIALECTS: Final = re.compile(r"\b(postgresql|sqlite)\.\w+\(")


class RevisionTaken(HubError):
    """A file of the new revision's name is there already."""

    code = "revision_taken"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already", remedy="Give another message with -m, or remove the file")
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionFile:
    """A revision that is not written yet."""

    path: Path
    id: str
    text: str


def revision_file(
    module: str, folder: Path, chain: Sequence[Revision], message: str, upgrade: list[str], downgrade: list[str]
) -> RevisionFile:
    """The revision that follows ``chain``: named and numbered as the others are."""
    number = _next_number(module, chain)
    identifier = f"{module}_{number:04d}"
    follows = next((revision.id for revision in heads_of(chain)), None)
    body = "\n".join([*_function("upgrade", upgrade), "", "", *_function("downgrade", downgrade)])
    dialects = sorted(set(_DIALECTS.findall(body)))
    imports = "".join(f"from sqlalchemy.dialects import {', '.join(dialects)}\n" if dialects else "")
    text = (
        f'"""{_sentence(message)}"""\n\n'
        f"import sqlalchemy as sa\nfrom alembic import op\n{imports}\n"
        f"revision = {literal(identifier)}\ndown_revision = {literal(follows)}\n"
        f"branch_labels = None\ndepends_on = None\n\n\n{body}\n"
    )
    if "sa." not in body:
        text = text.replace("import sqlalchemy as sa\n", "", 1)
    return RevisionFile(path=folder / f"{identifier}_{_slug(message)}.py", id=identifier, text=text)


def write(file: RevisionFile) -> None:
    """Put the file there whole or not at all, and never in place of another.

    :raises RevisionTaken: when there is one of that name.
    """
    unfinished = file.path.with_name(f".{file.path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8") as stream:
            stream.write(file.text)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(unfinished, file.path)
    except FileExistsError:
        raise RevisionTaken(file.path) from None
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder: of two that write a revision at once the second waits, and then sees what the first wrote."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _next_number(module: str, chain: Iterable[Revision]) -> int:
    chain = tuple(chain)
    pattern = re.compile(rf"{re.escape(module)}_(\d+)")
    numbers = [int(found[1]) for revision in chain if (found := pattern.match(revision.id))]
    return max(numbers, default=len(chain)) + 1


def _slug(message: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")[:_LONGEST_SLUG].rstrip("_") or "change"


def _sentence(message: str) -> str:
    told = " ".join(message.split()).replace("\\", "\\\\").replace('"""', "'''") or "Change the tables"
    return told[0].upper() + told[1:] + ("" if told.endswith((".", "!", "?")) else ".")


def _function(name: str, lines: list[str]) -> list[str]:
    body = [folded for line in lines for folded in _folded("    " + line)]
    if not any(line.strip() and not line.strip().startswith("#") for line in body):
        body.append("    pass")
    return [f"def {name}() -> None:", *body]


def _folded(line: str) -> list[str]:
    """A line too long for one, its arguments on lines of their own."""
    if len(line) <= WIDTH or line.lstrip().startswith("#"):
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    parts = _arguments(line)
    if parts is None:
        return [line]
    opening, arguments, closing = parts
    inner = [folded for each in arguments for folded in _folded(f"{indent}    {each},")]
    return [opening, *inner, f"{indent}{closing}"]


def _arguments(line: str) -> tuple[str, list[str], str] | None:
    """What opens the last call of a line, its arguments, and what closes it."""
    depth, start, end, spans = 0, -1, -1, []
    quote = ""
    for place, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote and line[place - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
            if depth == 1:
                start = place
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                spans.append((start, place))
    spans = [span for span in spans if span[1] - span[0] > 1]
    if not spans:
        return None
    start, end = max(spans, key=lambda span: span[1] - span[0])
    return line[: start + 1], _split(line[start + 1 : end]), line[end:]


def _split(text: str) -> list[str]:
    parts, depth, quote, begun = [], 0, "", 0
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[begun:place].strip())
            begun = place + 1
    return [part for part in (*parts, text[begun:].strip()) if part]
