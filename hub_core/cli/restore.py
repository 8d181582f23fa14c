"""``hub restore``: put the tables of a module back as a backup has them, or all that is in an archive."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .agreement import Yes, agreed
from .change import DryRun
from .launching import runs_in_managed
from .masking import masked
from .printing import AsJson, print_json
from .requested import events
from .terminal_text import say, say_wrapped

if TYPE_CHECKING:
    from ..operations.backups.archiving import Archive
    from ..operations.backups.backup import Backup
    from ..operations.backups.restore import Restoring
    from ..operations.backups.restore_all import RestoringAll
    from ..planning import ModuleState
    from ..settings import HubSettings


def command(
    file: Annotated[Path, typer.Argument(help="A recovery point or an archive: see `hub backup list`.")],
    module: Annotated[str | None, typer.Option(help="Only this module, where the file holds several.")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Put tables back as a backup has them: of one module, or all that is in an archive.

    What is there now is backed up first. The restore is whole or not at all, and touches no other module.
    """
    from .reading_progress import told_reading

    with told_reading():
        return _restore(file, module, yes=yes, dry_run=dry_run, as_json=as_json)


def _restore(file: Path, module: str | None, *, yes: bool, dry_run: bool, as_json: bool) -> int:
    from ..operations.backups.restore import planned_restore, restore
    from ..operations.backups.restore_all import has_several, planned_restore_all
    from ..settings import read_settings
    from .backup_text import SaidBackups

    settings = read_settings(Path.cwd())
    is_several = module is None and file.is_file() and has_several(settings, file)
    if dry_run:
        told = [
            *(
                _whole_plan(planned_restore_all(settings, file))
                if is_several
                else _plan(planned_restore(settings, file, module=module))
            )
        ]
        return _looked(told, module, as_json=as_json)
    if is_several:
        return _restore_all(settings, file, yes=yes, as_json=as_json)
    backups = SaidBackups(as_json=as_json)

    def backed_up(backup: "Backup") -> None:
        backups(backup)
        if (asked := events()) is not None:
            asked.backup(backup)

    done = agreed(
        lambda agree: restore(
            settings,
            file,
            module=module,
            agree=lambda restoring: agree(_plan(restoring)),
            on_backup=backed_up,
        ),
        yes=yes,
        as_json=as_json,
    )
    if as_json:
        print_json({**done.as_json(), "backups": [backup.as_json() for backup in backups.made]})
        return 0
    typer.echo(
        f"restored: {done.module} {done.version}, {_counted(done.rows, 'row')} in {_counted(done.tables, 'table')}"
    )
    for line in _again(done):
        say_wrapped(masked(line))
    return 0


def _looked(told: list[str], module: str | None, *, as_json: bool) -> int:
    if as_json:
        print_json(
            {"packages": [], "steps": [{"kind": "restore", "module": module, "text": told[0], "impact": told[1:]}]}
        )
    for line in told if not as_json else ():
        say_wrapped(masked(line))
    return 0


def _restore_all(settings: "HubSettings", file: Path, *, yes: bool, as_json: bool) -> int:
    from ..operations.backups.restore_all import restore_all
    from .backup_text import archive_line

    def kept(archive: "Archive") -> None:
        say(archive_line(archive), err=as_json)
        if (asked := events()) is not None:
            asked.archive(archive)

    done = agreed(
        lambda agree: restore_all(settings, file, agree=lambda restoring: agree(_whole_plan(restoring)), on_kept=kept),
        yes=yes,
        as_json=as_json,
    )
    if as_json:
        print_json(done.as_json())
        return 0
    what = "the hub with " if done.is_whole else ""
    typer.echo(f"restored: {what}{', '.join(done.names) or 'no module'}, {_counted(done.content.rows, 'row')}")
    return 0


def _whole_plan(restoring: "RestoringAll") -> Iterator[str]:
    content = restoring.content
    what = "the whole hub, registry and modules," if restoring.is_whole else ", ".join(restoring.names)
    yield f"put {what} back as it was on {content.at:%Y-%m-%d %H:%M:%S}Z, on {content.kind}"
    for name in restoring.names:
        module = content.modules[name]
        yield f"{name} {module.version}, revision {module.revision or 'none'}: {_counted(module.rows, 'row')}"
    if restoring.replaced:
        gone = ", ".join(f"{row.name} {row.version}" for row in restoring.replaced)
        yield f"the tables of {gone} that are there now are removed with all that is in them"
        yield "what they hold is archived first" if restoring.has_data else "they hold nothing"
    if restoring.is_whole:
        tokens = next((table.rows for table in content.modules["hub"].tables if table.name == "hub_token"), 0)
        yield (
            f"who may sign in and what is set are those of the archive, which has {_counted(tokens, 'token')}; "
            "one that is here now and not in it opens nothing any more, and hub up --new-token makes another"
        )
        yield "the audit log and the journal keep what was done here since"
    for row in restoring.anew:
        yield _comes_back(row.name, row.state)
    for name in restoring.behind:
        yield f"a newer release of {name} is installed: {_until_migrated(name)}"


def _plan(restoring: "Restoring") -> Iterator[str]:
    name = restoring.module
    yield (
        f"put {name} back as it was on {restoring.at:%Y-%m-%d %H:%M:%S}Z: version {restoring.version}, revision "
        f"{restoring.revision}, {_counted(restoring.rows, 'row')} in {_counted(restoring.tables, 'table')}"
    )
    if restoring.now_revision is not None:
        yield f"the tables of {name} that are there now, at {restoring.now_revision}, are removed with all that was written since"
    yield (
        "what they hold is backed up first"
        if restoring.has_data
        else "they hold nothing"
        if restoring.now_revision
        else "it has no tables now"
    )
    yield from _again(restoring)


def _again(restoring: "Restoring") -> Iterator[str]:
    """What happens next: of a module that was not here, and when the installed release is a newer one."""
    if restoring.now_version is None:
        yield _comes_back(restoring.module, restoring.state)
    if restoring.migrates_again:
        older = f"{restoring.distribution}=={restoring.version}"
        command = f"hub downgrade {older}" if runs_in_managed() else f"pip install '{older}'"
        yield (
            f"{restoring.distribution} {restoring.installed} is installed, and the next `hub up` migrates {restoring.module} "
            f"to {restoring.newest} again; to stay at {restoring.version}, first run: {command}"
        )
        if restoring.state == "enabled":
            yield _until_migrated(restoring.module)


def _comes_back(name: str, state: "ModuleState") -> str:
    """In which state, of a module that nothing is recorded of now."""
    if state == "enabled":
        return f"nothing of {name} is here now; it comes back enabled, as hub.toml or somebody here wants it"
    return f"nothing of {name} is here now; it comes back disabled, as nobody here wants it; afterwards run: hub enable {name}"


def _until_migrated(name: str) -> str:
    return f"a hub that serves answers 503 for {name} until it is migrated; while it serves run: hub enable {name}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
