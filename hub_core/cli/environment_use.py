"""``hub environment use``: go on in an environment that was kept, such as the one before an upgrade."""

from pathlib import Path
from typing import Annotated

import typer

from .agreement import Yes
from .change import DryRun
from .printing import AsJson, nothing_to_do


def command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", show_default=False, help="An environment that is kept, or a lock file.")
    ],
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Run in an environment that was kept, or in that of a lock file.

    As with an upgrade, its modules are brought up on trial in it first. It is refused when a module that runs could not
    run there: because it is not in it, or because its tables are at a revision that its release there does not have.
    """
    from ..database import parse_url
    from ..operations.change import Change
    from ..operations.core_tables import is_behind
    from ..operations.going_back import going_back
    from ..settings import read_settings
    from .carry_on import carry_here, carry_on
    from .package_progress import PackageProgress

    settings = read_settings(Path.cwd())
    with PackageProgress() as progress:
        prepared = going_back(settings, name, on_progress=progress.tell)
    if prepared is None:
        return nothing_to_do("the hub runs in it", as_json=as_json)
    if is_behind(parse_url(settings.effective_database_url), prepared.environment):  # only here are the revisions back
        wanted = Change(kind="downgrade")
        return carry_here(settings, wanted, prepared, yes=yes, dry_run=dry_run, as_json=as_json, is_kept=True)
    return carry_on(settings, "use", prepared, yes=yes, dry_run=dry_run, as_json=as_json)
