"""``hub enable``: let modules run."""

from pathlib import Path

import typer

from .agreement import Yes
from .change import DryRun, Names, run_change
from .printing import AsJson


def command(names: Names, yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False) -> int:
    """Enable modules that are installed here, with all they require.

    Their tables are made or migrated, they are brought up on trial, and everything is as before when that fails. A module
    that is quarantined is let try again: the next start runs it.
    """
    from ..operations.change import Change
    from ..operations.enabling import released
    from ..settings import read_settings

    settings = read_settings(Path.cwd())
    free = [name for name in names if not dry_run and released(settings, name)]
    for name in free:
        typer.echo(f"{name} is quarantined no longer; the next `hub up` tries it again", err=as_json)
    return run_change(
        Change(kind="enable", names=tuple(names)), yes=yes, dry_run=dry_run, as_json=as_json, is_told=bool(free)
    )
