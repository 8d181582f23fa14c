"""``hub backup verify``: whether a file is whole, and what is in it."""

from pathlib import Path
from typing import Annotated

import typer

from .printing import AsJson, print_json
from .terminal_text import say


def command(
    file: Annotated[Path, typer.Argument(help="A recovery point or an archive.")], as_json: AsJson = False
) -> int:
    """Read all of a recovery point or archive, and say what it holds.

    The exit code is 1, and the reason is named, when it is damaged, was changed, or not all of it is there.
    """
    from ..operations.backups.archiving import content_json
    from ..operations.backups.reading import read_backup
    from ..settings import read_settings
    from .backup_text import content_lines
    from .reading_progress import told_reading

    with told_reading():
        content = read_backup(file, read_settings(Path.cwd()).backup_keys, with_rows=True)
    if as_json:
        print_json({**content_json(content), "path": str(file), "bytes": file.stat().st_size})
        return 0
    for line in content_lines(file, content):
        say(line)
    return 0
