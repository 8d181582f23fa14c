"""``hub upgrade``: bring newer releases of modules, of the hub, or of all."""

from pathlib import Path
from typing import Annotated

import typer

from .agreement import Yes
from .change import DryRun
from .printing import AsJson, print_json
from .terminal_text import say


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME…]", show_default=False, help="Modules or distributions, with a range if you like."
        ),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Upgrade modules to their newest releases, or all that is installed when none is named.

    A new environment is built beside the one that runs, and takes its place only when every module that runs now runs in
    it. With --dry-run it is only looked up what would move: nothing is downloaded but metadata.
    """
    from ..operations.preparing import looked_up, prepare
    from ..operations.recovery import settle
    from ..settings import read_settings
    from .carry import carry_on, change_lines
    from .package_progress import PackageProgress

    settings = read_settings(Path.cwd())
    with PackageProgress() as progress:
        if dry_run:
            _, resolved = looked_up(settings, names or (), upgrade=True, editable=False, on_progress=progress.tell)
            changes = resolved.changes
        else:
            prepared = prepare(settings, names or (), upgrade=True, editable=False, on_progress=progress.tell)
    if not dry_run:
        if prepared is None:
            settle(settings)
            say("nothing to do")
            return 0
        return carry_on("upgrade", prepared, yes=yes, dry_run=False, as_json=as_json)
    if as_json:
        print_json([{"name": each.name, "before": each.before, "after": each.after} for each in changes])
    for line in () if as_json else change_lines(changes) or ("nothing to do",):
        say(line)
    return 0
