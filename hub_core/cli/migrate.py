"""``hub migrate``: bring the tables to the newest revision on disk."""

from functools import partial
from pathlib import Path

import typer

from .agreement import Yes, agree
from .masking import masked
from .printing import AsJson, print_json


def command(yes: Yes = False, as_json: AsJson = False) -> int:
    """Migrate the tables of the core and of enabled modules.

    A module whose migration fails keeps its tables as they were, and the others go on.
    """
    from ..operations.migrate import migrate
    from ..settings import read_settings
    from .backup_text import SaidBackups
    from .start_report import say_revision

    backups = SaidBackups(as_json=as_json)
    migrated, errors = migrate(
        read_settings(Path.cwd()),
        agree=partial(agree, yes=yes, as_json=as_json),
        on_revision=partial(say_revision, as_json=as_json),
        on_backup=backups,
    )
    if as_json:
        made = [backup.as_json() for backup in backups.made]
        print_json({"migrated": list(migrated), "backups": made, "errors": [masked(str(error)) for error in errors]})
    else:
        for error in errors:
            typer.echo(masked(str(error)), err=True)
        typer.echo(f"migrated: {', '.join(migrated)}" if migrated else "every enabled module is at its newest revision")
    return 1 if errors else 0
