"""``hub migrate``: bring the tables to the newest revision on disk, or to one that is named."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from .agreement import Yes, agreed
from .masking import masked
from .plan_text import plan_lines
from .printing import AsJson, print_json, print_table
from .terminal_text import say_wrapped


def command(
    name: Annotated[str | None, typer.Argument(help="Only this module.")] = None,
    to: Annotated[
        str | None, typer.Option(help="The revision of NAME to go to; an earlier one takes revisions back; base: all.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is pending; exit 1 when anything is.")] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Only print the statements that would run.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Migrate the tables of the core and of enabled modules.

    A module whose migration fails keeps its tables as they were, and the others go on.
    """
    if to is not None and name is None:
        raise typer.BadParameter("name the module whose revision it is: hub migrate NAME --to REV", param_hint="--to")
    if check and (sql or to is not None):
        raise typer.BadParameter("--check stands alone", param_hint="--check")
    if check:
        return _check(name, as_json=as_json)
    if sql:
        return _print_sql(name, to)
    return _migrate(name, to, yes=yes, as_json=as_json)


def _migrate(name: str | None, to: str | None, *, yes: bool, as_json: bool) -> int:
    from ..operations.describing.descriptions import Descriptions
    from ..operations.migrate import migrate
    from ..settings import read_settings
    from .backup_text import SaidBackups
    from .probe_progress import ProbeProgress
    from .start_report import say_revision

    backups = SaidBackups(as_json=as_json)
    settings = read_settings(Path.cwd())
    with ProbeProgress() as progress:
        done = agreed(
            lambda agree: migrate(
                settings,
                name=name,
                target=to,
                agree=lambda plan: agree(plan_lines(plan)),
                on_revision=partial(say_revision, as_json=as_json),
                on_backup=backups,
                descriptions=Descriptions(settings, on_probed=progress.tell),
            ),
            yes=yes,
            as_json=as_json,
        )
    if as_json:
        made = [backup.as_json() for backup in backups.made]
        errors = [masked(str(error)) for error in done.errors]
        print_json({"migrated": list(done.modules), "backups": made, "errors": errors})
    else:
        for error in done.errors:
            typer.echo(masked(str(error)), err=True)
        if done.modules:
            typer.echo(f"migrated: {', '.join(done.modules)}")
        elif not done.errors:
            typer.echo(f"{name} is at {to}" if to else f"{name or 'every enabled module'} is at its newest revision")
    return 1 if done.errors else 0


def _check(name: str | None, *, as_json: bool) -> int:
    from ..operations.schemas.migrations_check import migration_heads
    from ..settings import read_settings

    lines = migration_heads(read_settings(Path.cwd()), name)
    if as_json:
        print_json([line.as_json() for line in lines])
    else:
        print_table(
            ("module", "at", "newest", "pending"),
            [(line.module, line.at or "—", line.newest or "—", ", ".join(line.pending) or "—") for line in lines],
        )
        for line in lines:
            if line.fault:
                say_wrapped(f"{line.module}: {line.fault}")
        typer.echo(
            "everything is at its newest revision" if all(line.is_newest for line in lines) else "run: hub migrate"
        )
    return 0 if all(line.is_newest for line in lines) else 1


def _print_sql(name: str | None, to: str | None) -> int:
    from ..operations.migration_sql import migration_sql
    from ..settings import read_settings

    typer.echo(migration_sql(read_settings(Path.cwd()), name, to).rstrip() or "-- nothing to migrate")
    return 0
