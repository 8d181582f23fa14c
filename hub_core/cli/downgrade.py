"""``hub downgrade``: go back to older releases of modules, with their data."""

from pathlib import Path
from typing import Annotated

import typer

from .agreement import Yes
from .change import DryRun
from .printing import AsJson, nothing_to_do

Targets = Annotated[
    list[str],
    typer.Argument(metavar="NAME…", show_default=False, help="A module, or a module or distribution with ==VERSION."),
]


def command(names: Targets, yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False) -> int:
    """Go back to older releases, by default to the one that was upgraded last, with the data taken back.

    Revisions that are marked safe are taken back; where one is not, the rows come from the backup of the upgrade, and the plan
    says what is lost. Nothing is changed when neither is possible. The newer release stays until the older one runs.
    """
    from ..operations.change import Change
    from ..operations.preparing import prepare
    from ..operations.recovery import settle
    from ..operations.versions_before import versions_before
    from ..settings import read_settings
    from .carry_on import carry_here
    from .package_progress import PackageProgress

    settings = read_settings(Path.cwd())
    if not dry_run:
        settle(settings)
    texts = versions_before(settings, names)
    with PackageProgress() as progress:
        prepared = prepare(settings, texts, upgrade=True, editable=False, on_progress=progress.tell)
    if prepared is None:
        return nothing_to_do(as_json=as_json)
    wanted = Change(kind="downgrade")
    return carry_here(settings, wanted, prepared, yes=yes, dry_run=dry_run, as_json=as_json)
