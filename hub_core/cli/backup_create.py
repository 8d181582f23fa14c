"""``hub backup create``: write an archive, and say how far it is."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from .live_line import LiveLine
from .printing import AsJson, print_json
from .requested import events
from .terminal_text import say

if TYPE_CHECKING:
    from ..operations.backups.archive_writing import Archiving

EVERY_ROWS: Final = 100_000
"""After so many rows of a table a line goes to the log, where no line can be erased."""


def command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Modules; the whole hub if none.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; by default one in the folder `backups` of the state folder.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Archive modules, or the whole hub with its registry, while it serves.

    An archive can be restored on SQLite and on PostgreSQL. It holds one moment, and is encrypted where `backup_key` is set.
    """
    from ..operations.backups.archiving import create_archive
    from ..settings import read_settings
    from .attempted import written_down
    from .backup_text import archive_line

    line, settings = LiveLine(), read_settings(Path.cwd())
    try:
        made = create_archive(settings, names or (), output=output, on_archiving=_telling(line))
    finally:
        line.end()
    written_down("backup", made.content.modules, settings, options={"file": str(made.path)})
    if as_json:
        print_json(made.as_json())
    else:
        say(archive_line(made))
    return 0


def _telling(line: LiveLine) -> "Callable[[Archiving], None]":
    asked = events()

    def tell(archiving: "Archiving") -> None:
        rows = f"{archiving.table}: {archiving.rows:,} rows"
        line.show("archive", done=archiving.number - 1, total=archiving.total, item=rows)
        is_worth_a_line = archiving.rows and not archiving.rows % EVERY_ROWS
        if asked is not None and (is_worth_a_line or not archiving.rows):
            asked.archiving(archiving)
        if not line.is_shown and is_worth_a_line:
            say(f"archive: table {archiving.number} of {archiving.total}, {rows}", err=True)

    return tell
