"""``hub uninstall``: let modules leave, with their code, and with their data when that is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .agreement import Yes
from .change import DryRun, Names, run_change
from .printing import AsJson

if TYPE_CHECKING:
    from ..operations.change import Change
    from ..operations.removing import Data
    from ..settings import HubSettings


def command(
    names: Names,
    purge: Annotated[bool, typer.Option("--purge", help="Drop their tables, after a backup.")] = False,
    archive: Annotated[
        bool, typer.Option("--archive", help="Put their rows into a file, then drop their tables.")
    ] = False,
    cascade: Annotated[bool, typer.Option("--cascade", help="Also uninstall what requires them.")] = False,
    keep_package: Annotated[
        bool, typer.Option("--keep-package", help="Leave their distributions in the environment.")
    ] = False,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="With --purge: make no backup before.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Uninstall modules; their tables and rows stay unless --archive or --purge says otherwise.

    They are disabled, their distributions leave the environment that the hub manages, and their data is kept, put into a
    file, or dropped, all of it or nothing. Refused while others that run require them, unless --cascade.
    """
    from ..operations.change import Change
    from ..settings import read_settings

    if purge and archive:
        raise typer.BadParameter("--archive keeps the rows in a file and --purge does not; take one of them")
    if no_backup and not purge:
        raise typer.BadParameter("--no-backup is about --purge; nothing else makes one")
    data: Data = "purge" if purge else "archive" if archive else "keep"
    settings = read_settings(Path.cwd())
    wanted = Change(
        kind="uninstall",
        names=_modules(settings, names),
        cascade=cascade,
        data=data,
        backup=not no_backup,
        keeps_package=keep_package,
    )
    if keep_package:
        return run_change(wanted, yes=yes, dry_run=dry_run, as_json=as_json)
    return _without_package(settings, wanted, yes=yes, dry_run=dry_run, as_json=as_json)


def _modules(settings: "HubSettings", names: Sequence[str]) -> tuple[str, ...]:
    """The modules, also where somebody named their distributions."""
    from ..operations.installed import installed_catalog

    brought = {module.distribution: module.name for module in installed_catalog(settings).modules}
    return tuple(brought.get(name, name) for name in names)


def _without_package(settings: "HubSettings", wanted: "Change", *, yes: bool, dry_run: bool, as_json: bool) -> int:
    from ..operations.changing import planned
    from ..operations.preparing import changes_without, prepare_without
    from ..operations.recovery import settle
    from .carry_on import carry_here
    from .package_progress import PackageProgress
    from .package_text import change_lines

    if not dry_run:
        settle(settings)
    plan = planned(settings, wanted)  # what is refused is so before anything is built
    leaving = {*wanted.names, *(step.module for step in plan.steps if step.kind == "uninstall")}
    with PackageProgress() as progress:
        if dry_run:
            changes = changes_without(settings, leaving, on_progress=progress.tell)
            wanted = replace(wanted, packages=tuple(change_lines(changes)))
        prepared = None if dry_run else prepare_without(settings, leaving, on_progress=progress.tell)
    if prepared is None:
        return run_change(wanted, yes=yes, dry_run=dry_run, as_json=as_json)
    return carry_here(settings, wanted, prepared, yes=yes, as_json=as_json)
