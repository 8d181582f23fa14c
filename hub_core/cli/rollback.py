"""``hub rollback``: take the last upgrade of a module back."""

from typing import Annotated

import typer

from . import downgrade
from .agreement import Yes
from .change import DryRun
from .printing import AsJson

Module = Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="The module.")]


def command(name: Module, yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False) -> int:
    """Take the last upgrade of a module back, with its data: `hub downgrade` to the release before.

    Revisions that are marked safe are taken back; where one is not, the rows come from the backup of the upgrade, and the plan
    says what is lost.
    """
    return downgrade.command([name], yes=yes, dry_run=dry_run, as_json=as_json)
