"""What commands that change modules have in common: they show the plan, ask, say what they do, and how it ended."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..catalog import Reason
from ..planning import Failure, Plan
from ..settings import HubSettings, read_settings
from .agreement import agreed
from .live_line import LiveLine
from .plan_text import plan_json, plan_lines
from .printing import print_json
from .requested import events
from .unasked_exit import unasked_exit_told

if TYPE_CHECKING:
    from ..operations.change import Change, Changed
    from ..operations.standing import Standing

Names = Annotated[list[str], typer.Argument(help="The modules.", metavar="NAME…", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, and change nothing.")]

_STAGES = {"verify": "verifying that they run", "undo": "undoing what was done"}


def run_change(wanted: "Change", *, yes: bool, dry_run: bool, as_json: bool, is_told: bool = False) -> int:
    """Carry one change out, and tell how it ended; an expected failure is raised.

    :param is_told: whether something was done and told already, so that "nothing to do" would be wrong.
    """
    from ..logs import set_up_logging
    from .backup_text import SaidBackups

    settings = read_settings(Path.cwd())
    set_up_logging(settings)
    backups = SaidBackups(as_json=as_json)
    if dry_run:
        _print_plan(wanted.packages, _planned(settings, wanted), as_json=as_json)
        return 0
    changed = agreed(
        lambda agree: _carried_out(
            settings,
            wanted,
            lambda plan: agree((*wanted.packages, *plan_lines(plan))),
            backups,
            as_json=as_json,
        ),
        yes=yes,
        as_json=as_json,
    )
    if as_json:
        made = [backup.as_json() for backup in backups.made]
        packages = list(wanted.packages)
        print_json({"operation": changed.operation, "packages": packages, **plan_json(changed.plan), "backups": made})
        return 0
    if changed.operation is None:
        if not is_told:
            typer.echo("nothing to do")
        return 0
    if not changed.edited_document:
        typer.echo("hub.toml was not changed, as it is missing or cannot be written; the database has it: see hub plan")
    typer.echo(f"done: operation {changed.operation}; see hub show --operation {changed.operation}")
    return 0


def _carried_out(
    settings: HubSettings, wanted: "Change", agreeing: Callable[[Plan], None], on_backup: Any, *, as_json: bool
) -> "Changed":
    from ..operations.change import Telling
    from ..operations.changing import change
    from ..operations.describing.descriptions import Descriptions
    from ..runtime import CORE, verified
    from .probe_progress import ProbeProgress
    from .start_report import say_revision
    from .trial import failing_there, serving_fault

    line = LiveLine()

    def say_stage(stage: str) -> None:
        if line.is_shown:
            line.show(_STAGES[stage], done=0, total=1)
        else:
            typer.echo(f"{_STAGES[stage]} …", err=as_json)

    telling = Telling(
        agree=agreeing, on_revision=partial(say_revision, as_json=as_json), on_backup=on_backup, on_stage=say_stage
    )
    if (told := events()) is not None:
        telling = telling.and_to(told)

    def verify(standing: "Standing", names: Collection[str]) -> Mapping[str, Failure]:
        python, is_behind = _python_after(settings, wanted), wanted.goes_on_elsewhere and _is_behind(settings, wanted)
        if wanted.moves_libraries and (fault := serving_fault(python, settings, is_behind=is_behind)):
            return {CORE: _core_failure(fault)}
        if wanted.goes_on_elsewhere:
            there = {*(each.found.name for each in standing.ready), *names}
            return failing_there(python, settings, there, is_behind=is_behind)
        return verified(settings, standing, names)

    with ProbeProgress(logs=True) as progress, unasked_exit_told():
        descriptions = Descriptions(settings, on_probed=progress.tell, heeds_safe_mode=False)
        try:
            return change(settings, wanted, telling=telling, verify=verify, descriptions=descriptions)
        finally:
            line.end()


def _python_after(settings: HubSettings, wanted: "Change") -> Path:
    """The interpreter that the hub runs in once the change is done."""
    from ..packages import Environments

    environment = (
        Environments(settings.state_folder).find(wanted.environment or "") if wanted.goes_on_elsewhere else None
    )
    return environment.python if environment else Path(sys.executable)


def _is_behind(settings: HubSettings, wanted: "Change") -> bool:
    from ..database import parse_url
    from ..operations.core_tables import is_behind
    from ..packages import Environments

    environment = Environments(settings.state_folder).find(wanted.environment or "")
    return environment is not None and is_behind(parse_url(settings.effective_database_url), environment)


def _core_failure(fault: str) -> Failure:
    reason = Reason(code="failed_start", text=fault, remedy="Stay with this release, or install one that starts")
    return Failure(condition="failed", reason=reason)


def _planned(settings: HubSettings, wanted: "Change") -> Plan:
    from ..operations.changing import planned
    from ..operations.describing.descriptions import Descriptions
    from .probe_progress import ProbeProgress

    with ProbeProgress(logs=True) as progress:
        return planned(
            settings, wanted, descriptions=Descriptions(settings, on_probed=progress.tell, heeds_safe_mode=False)
        )


def _print_plan(packages: Sequence[str], plan: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json({"packages": list(packages), **plan_json(plan)})
    else:
        for line in (*packages, *plan_lines(plan)):
            typer.echo(line)
