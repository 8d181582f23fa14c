"""``hub move``: let the tables of modules lie in another schema."""

from typing import Annotated, Literal

import typer

from .agreement import Yes
from .change import DryRun, run_change
from .printing import AsJson

Name = Annotated[str, typer.Argument(help="The module.", show_default=False)]
Placement = Annotated[
    Literal["shared", "schema"],
    typer.Argument(help="`shared`: with the hub's own tables; `schema`: in a schema of the module's own."),
]


def command(
    name: Name, placement: Placement, yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False
) -> int:
    """Move the tables of a module, with their rows, to another placement (PostgreSQL).

    Nothing is copied, so the time does not grow with the rows. hub.toml says the new placement afterwards.
    """
    from ..operations.change import Change

    return run_change(
        Change(kind="move", names=(name,), placement=placement), yes=yes, dry_run=dry_run, as_json=as_json
    )
