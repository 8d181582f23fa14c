"""``hub install``: bring modules, and let them run."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .agreement import Yes
from .printing import AsJson, nothing_to_do, print_json
from .terminal_text import say

if TYPE_CHECKING:
    from ..settings import HubSettings

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what the modules bring and what is in the way, and change nothing.")
]

Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME…",
        show_default=False,
        help="A module, a distribution with a range, a wheel, or a project's folder.",
    ),
]


Module = Annotated[
    str | None,
    typer.Option("--module", metavar="NAME", help="Refuse what does not bring this module.", show_default=False),
]


def command(
    names: Targets,
    editable: Annotated[bool, typer.Option("--editable", "-e", help="Install projects editable.")] = False,
    module: Module = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Install modules with all they require, and enable them.

    A new environment is built beside the one that runs. The modules are examined and brought up on trial in it, and it
    takes the place of the other only when all of that went well. What is installed here already is enabled. With --dry-run
    the modules are examined in an environment that is removed again; the exit code is 1 when something is in the way.
    """
    from ..operations.installed import installed_catalog
    from ..operations.preparing import EnvironmentHandMade, prepare
    from ..operations.targets import installable
    from ..settings import read_settings
    from .carry_on import carry_on, enabled_here
    from .package_progress import PackageProgress

    settings = read_settings(Path.cwd())
    names = [*installable(names, installed_catalog(settings))]
    if dry_run:
        return _previewed(settings, names, module=module, editable=editable, as_json=as_json)
    try:
        with PackageProgress() as progress:
            prepared = prepare(settings, names, upgrade=False, editable=editable, on_progress=progress.tell)
    except EnvironmentHandMade:
        if (there := enabled_here(settings, names, module=module, yes=yes, dry_run=False, as_json=as_json)) is None:
            raise
        return there
    if prepared is None:
        there = enabled_here(settings, names, is_there=True, module=module, yes=yes, dry_run=False, as_json=as_json)
        return nothing_to_do(as_json=as_json) if there is None else there
    prepared = replace(prepared, module=module)
    return carry_on(settings, "install", prepared, yes=yes, dry_run=False, as_json=as_json)


def _previewed(
    settings: "HubSettings", names: Sequence[str], *, module: str | None, editable: bool, as_json: bool
) -> int:
    """What is here is looked at here; everything else in an environment that is removed again."""
    from ..operations.preparing import tried
    from .carry_on import carry_aside, enabled_here
    from .package_progress import PackageProgress

    there = enabled_here(settings, names, module=module, yes=False, dry_run=True, as_json=as_json)
    if there is not None:
        return there
    with ExitStack() as trying:
        with PackageProgress() as progress:
            trial = tried(settings, names, editable=editable, on_progress=progress.tell)
            prepared = trying.enter_context(trial)
        if prepared is not None:
            return carry_aside("install", replace(prepared, module=module), as_json=as_json)
    there = enabled_here(settings, names, is_there=True, module=module, yes=False, dry_run=True, as_json=as_json)
    if there is not None:
        return there
    if as_json:
        print_json({"ok": True, "modules": [], "conflicts": [], "packages": [], "steps": []})
    else:
        say("nothing to do")
    return 0
