"""``hub restore``: put the tables of a module back as a backup has them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .agreement import Yes, agree_to
from .masking import masked
from .printing import AsJson, print_json
from .terminal_text import say_wrapped

if TYPE_CHECKING:
    from ..operations.restore import Restoring


def command(
    file: Annotated[Path, typer.Argument(help="The backup, from the folder `backups` of the state folder.")],
    module: Annotated[
        str | None, typer.Option(help="Which module, when not the one that the backup was made for.")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Put the tables of a module back as a backup has them.

    What is there now is backed up first. The restore is whole or not at all, and touches no other module.
    """
    from ..operations.restore import restore
    from ..settings import read_settings
    from .backup_text import SaidBackups

    backups = SaidBackups(as_json=as_json)
    done = restore(
        read_settings(Path.cwd()),
        file,
        module=module,
        agree=lambda restoring: agree_to(_plan(restoring), yes=yes, as_json=as_json),
        on_backup=backups,
    )
    if as_json:
        print_json({**done.as_json(), "backups": [backup.as_json() for backup in backups.made]})
        return 0
    typer.echo(
        f"restored: {done.module} {done.version}, {_counted(done.rows, 'row')} in {_counted(done.tables, 'table')}"
    )
    for line in _again(done):
        say_wrapped(masked(line))
    return 0


def _plan(restoring: "Restoring") -> Iterator[str]:
    name = restoring.module
    yield (
        f"put {name} back as it was on {restoring.at:%Y-%m-%d %H:%M:%S}Z: version {restoring.version}, revision "
        f"{restoring.revision}, {_counted(restoring.rows, 'row')} in {_counted(restoring.tables, 'table')}"
    )
    if restoring.now_revision is not None:
        yield f"the tables of {name} that are there now, at {restoring.now_revision}, are removed with all that was written since"
    yield (
        "what they hold is backed up first"
        if restoring.has_data
        else "they hold nothing"
        if restoring.now_revision
        else "it has no tables now"
    )
    yield from _again(restoring)


def _again(restoring: "Restoring") -> Iterator[str]:
    """What happens next, when the installed release is a newer one."""
    if restoring.migrates_again:
        yield (
            f"{restoring.distribution} {restoring.installed} is installed, and the next `hub up` migrates {restoring.module} "
            f"to {restoring.newest} again; to stay at {restoring.version}, first run: "
            f"pip install '{restoring.distribution}=={restoring.version}'"
        )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
