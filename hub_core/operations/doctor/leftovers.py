"""Was an install or uninstall interrupted? What is left of it is neither the old release nor the new one."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from ..folders import is_there, matching
from ..observation import Observation, ok, warning


def examine() -> Iterator[Observation]:
    """Folders that pip put aside and did not remove, and distributions whose own list names files that are gone."""
    found = [
        observation
        for folder in dict.fromkeys(map(Path, filter(None, sys.path)))
        for observation in (*_put_aside(folder), *_incomplete(folder))
    ]
    yield from found
    if not found:
        yield ok(code="no_leftovers", text="no install was interrupted")


def _put_aside(folder: Path) -> Iterator[Observation]:
    """pip renames what it replaces so that it begins with a tilde, and removes it in the end."""
    for place in matching(folder, "~*"):
        yield warning(
            code="install_unfinished",
            text=f"{place} is left over from an interrupted pip",
            remedy=f"Remove it, and install that distribution again: rm -r {place}",
        )


def _incomplete(folder: Path) -> Iterator[Observation]:
    for record in matching(folder, "*.dist-info/RECORD"):
        gone = [name for name in _files(record) if not is_there(folder / name)]
        if gone and not record.parent.name.startswith("~"):
            name, _, version = record.parent.name.removesuffix(".dist-info").partition("-")
            named = ", ".join(gone[:3]) + (", …" if len(gone) > 3 else "")
            yield warning(
                code="files_missing",
                text=f"{len(gone)} file{'s' if len(gone) > 1 else ''} of {name} {version} {'are' if len(gone) > 1 else 'is'} gone from {folder}: {named}",
                remedy=f"pip install --force-reinstall --no-deps '{name}=={version}'",
            )


def _files(record: Path) -> list[str]:
    """The files a distribution brought; bytecode comes and goes."""
    try:
        with record.open(encoding="utf-8", newline="") as file:
            return [row[0] for row in csv.reader(file) if row and row[0] and not row[0].endswith(".pyc")]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []  # what cannot be read is named by the check of metadata
