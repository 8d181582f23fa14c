"""``hub install``: bring modules, and let them run."""

from pathlib import Path
from typing import Annotated

import typer

from .agreement import Yes
from .change import DryRun
from .printing import AsJson

Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME…",
        show_default=False,
        help="A module, a distribution with a range, a wheel, or a project's folder.",
    ),
]


def command(
    names: Targets,
    editable: Annotated[bool, typer.Option("--editable", "-e", help="Install projects editable.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Install modules with all they require, and enable them.

    A new environment is built beside the one that runs. The modules are examined and brought up on trial in it, and it
    takes the place of the other only when all of that went well. What is installed here already is enabled.
    """
    from ..operations.preparing import EnvironmentHandMade, prepare
    from ..settings import read_settings
    from .carry_on import carry_on, enabled_here
    from .package_progress import PackageProgress

    settings = read_settings(Path.cwd())
    try:
        with PackageProgress() as progress:
            prepared = prepare(settings, names, upgrade=False, editable=editable, on_progress=progress.tell)
    except EnvironmentHandMade:
        if (there := enabled_here(settings, names, yes=yes, dry_run=dry_run, as_json=as_json)) is None:
            raise
        return there
    if prepared is None:
        there = enabled_here(settings, names, yes=yes, dry_run=dry_run, as_json=as_json)
        return 0 if there is None else there
    return carry_on(settings, "install", prepared, yes=yes, dry_run=dry_run, as_json=as_json)
