"""``hub enable``: let a quarantined module try again."""

from pathlib import Path
from typing import Annotated

import typer


def command(name: Annotated[str, typer.Argument(help="The module.", show_default=False)]) -> None:
    """Let a quarantined module try again: the next start runs it.

    A module is quarantined when the hub's process died by it again and again, or when it ended or exhausted the probe. It
    is not run again until its files change, or until this command.
    """
    from ..operations.enabling import enable
    from ..settings import read_settings

    enable(read_settings(Path.cwd()), name)
    typer.echo(f"{name} is quarantined no longer; the next `hub up` tries it again")
