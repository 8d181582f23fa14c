"""``hub disable``: let modules run no longer."""

from typing import Annotated

import typer

from .agreement import Yes
from .change import DryRun, Names, run_change
from .printing import AsJson


def command(
    names: Names,
    cascade: Annotated[bool, typer.Option("--cascade", help="Also disable what requires them.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Disable modules; their tables and rows stay as they are.

    Refused while others that run require them, unless --cascade: then those are disabled first. Glue leaves by itself.
    """
    from ..operations.change import Change

    return run_change(
        Change(kind="disable", names=tuple(names), cascade=cascade), yes=yes, dry_run=dry_run, as_json=as_json
    )
