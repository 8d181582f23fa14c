"""``hub migrate``: bring the tables to the newest revision on disk."""

from functools import partial
from pathlib import Path

import typer

from .agreement import Yes, agree
from .masking import masked


def command(yes: Yes = False) -> int:
    """Migrate the tables of the core and of enabled modules.

    A module whose migration fails keeps its tables as they were, and the others go on.
    """
    from ..operations.migrate import migrate
    from ..settings import read_settings
    from .start_report import revision_line

    settings = read_settings(Path.cwd())
    migrated, errors = migrate(
        settings, agree=partial(agree, yes=yes), on_revision=lambda run: typer.echo(revision_line(run))
    )
    for error in errors:
        typer.echo(masked(str(error)), err=True)
    typer.echo(f"migrated: {', '.join(migrated)}" if migrated else "every enabled module is at its newest revision")
    return 1 if errors else 0
