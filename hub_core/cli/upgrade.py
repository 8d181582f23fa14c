"""``hub upgrade``: bring newer releases of modules, of the hub, or of all."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .agreement import Yes
from .printing import AsJson, nothing_to_do

if TYPE_CHECKING:
    from ..settings import HubSettings

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME…]", show_default=False, help="Modules or distributions, with a range if you like."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say of every module what it would mean, and change nothing.")]


def command(names: Names = None, yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False) -> int:
    """Upgrade modules to their newest releases, or all that is installed when none is named.

    A new environment is built beside the one that runs, and takes its place only when every module that runs now runs in
    it. With --dry-run it is only looked up, from metadata alone, what that would mean for every module: whether it stays,
    needs another version, or is blocked. Then the exit code is 1 when one stands against it.
    """
    from ..operations.targets import refuse_older_core
    from ..settings import read_settings

    settings, texts = read_settings(Path.cwd()), names or ()
    refuse_older_core(texts)
    if dry_run:
        return _looked(settings, texts, as_json=as_json)
    from ..operations.preparing import prepare
    from ..operations.recovery import settle
    from ..packages import PackageNotFound, PackagesConflict
    from .carry_on import carry_on
    from .package_progress import PackageProgress

    try:
        with PackageProgress() as progress:
            prepared = prepare(settings, texts, upgrade=True, editable=False, on_progress=progress.tell)
    except (PackagesConflict, PackageNotFound):
        _looked(settings, texts, as_json=as_json)
        raise
    if prepared is None:
        settle(settings)
        return nothing_to_do(as_json=as_json)
    return carry_on(settings, "upgrade", prepared, yes=yes, dry_run=False, as_json=as_json)


def _looked(settings: "HubSettings", texts: Sequence[str], *, as_json: bool) -> int:
    from ..operations.previews.preflight import preflight
    from .package_progress import PackageProgress
    from .preflight_text import print_preflight

    with PackageProgress() as progress:
        found = preflight(settings, texts, on_progress=progress.tell)
    print_preflight(found, as_json=as_json)
    return 1 if found.is_no else 0
