"""What one child does: an operation of the hub on a database, then perhaps serving; told and answered in JSON lines."""

import asyncio
import atexit
import importlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import httpx2

from hub_core.database import Database, parse_url
from hub_core.loading import probe_here
from hub_core.operations.backups.archiving import create_archive
from hub_core.operations.backups.restore import restore
from hub_core.operations.backups.restore_all import restore_all
from hub_core.operations.change import Change, ChangeUndone, Telling
from hub_core.operations.changing import change
from hub_core.operations.describing.descriptions import Descriptions
from hub_core.operations.migrate import migrate
from hub_core.operations.standing import Standing
from hub_core.operations.standing_to_serve import standing_to_serve
from hub_core.operations.up import up
from hub_core.runtime import Hub
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.kill import verifying
from hub_core.tests.kill.environments.commands import run_command
from hub_core.tests.kill.environments.crossing import begin_crossing, end_crossing, has_arrived
from hub_core.tests.kill.mechanisms import take_out
from hub_core.tests.kill.points import Points, watch
from hub_core.tests.kill.telling import wait_for_the_end
from hub_core.web import application


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a child is to do in ``folder`` with the modules in ``site``; without one, with those of its environment."""

    folder: str
    site: str
    url: str
    operation: str = "up"
    """A name in :data:`OPERATIONS`, or ``command`` for the command line with ``arguments``; ``hub`` for one that is watched;
    ``arrive`` for one as it goes on behind ``exec``."""
    arguments: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    """Paths requested of the hub that stands after the operation."""
    watched: bool = False
    stop_at: int | str | None = None
    before: int = 0
    """How many moments there were before this child."""
    without: tuple[str, ...] = ()
    """Mechanisms of the hub that this child runs without."""
    variables: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For :meth:`from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Job":
        """The job of :meth:`as_json`."""
        told: dict[str, Any] = {key: tuple(each) if isinstance(each, list) else each for key, each in value.items()}
        return cls(**told)


@dataclass(slots=True, kw_only=True)
class Report:
    """What a child tells of itself as it goes."""

    tell: Callable[[Mapping[str, Any]], None]
    applied: list[str]
    errors: list[str]
    standing: Standing | None = None


def run(job: Job, tell: Callable[[Mapping[str, Any]], None], tells: int) -> int:
    """Do the job; the last line told has the key ``done``.

    :param tells: the file that ``tell`` writes to.
    """
    os.chdir(job.folder)
    os.environ.update(job.variables)
    if job.site:
        sys.path.insert(0, job.site)
    importlib.invalidate_caches()
    for mechanism in job.without:
        take_out(mechanism)
    if job.operation == "command":
        if job.without:  # `hub up` may become another interpreter, and is to run without it there too
            begin_crossing(tells, watched=False, stop_at=None, without=job.without)
        return _command(job)
    if job.operation in ("hub", "arrive"):
        begin_crossing(tells, watched=job.watched, stop_at=job.stop_at, without=job.without, before=job.before)
        if job.operation == "arrive":
            has_arrived()
        code = _command(job)
        atexit._run_exitfuncs()  # a fork ends without
        end_crossing()
        return code
    points = Points(job.stop_at, lambda number, name: wait_for_the_end(tell, number, name))
    settings = read_settings(Path(job.folder), database_url=job.url, log_requests=False, lock_seconds=60)
    report = Report(tell=tell, applied=[], errors=[])
    if job.watched:
        watch(points)
    began = time.monotonic()
    OPERATIONS[job.operation](settings, report)
    ended = time.monotonic()
    answers: dict[str, Any] = {}
    if job.reads and report.standing is not None:
        answers = asyncio.run(_answers(settings, report.standing, job.reads))
    tell(
        {
            "done": True,
            "points": points.names,
            "began": began,
            "ended": ended,
            "applied": report.applied,
            "errors": report.errors,
            "answers": answers,
        }
    )
    return 0


def _up(settings: HubSettings, report: Report) -> None:
    raised = up(
        settings,
        agree=lambda plan: None,
        on_revision=lambda run: report.applied.append(run.revision),
        descriptions=Descriptions(settings, probe_here),
    )
    report.errors += [str(error) for error in raised.errors]
    report.standing = raised.standing


def _serve(settings: HubSettings, report: Report) -> None:
    report.standing, errors = standing_to_serve(settings, Descriptions(settings, probe_here))
    report.errors += [str(error) for error in errors]


def _back(settings: HubSettings, report: Report) -> None:
    """``hub migrate subject subject_1``; the next to stand is ``hub serve``."""
    migrated = migrate(
        settings,
        name="subject",
        target="subject_1",
        agree=lambda plan: None,
        on_revision=lambda run: report.applied.append(run.revision),
        descriptions=Descriptions(settings, probe_here),
    )
    report.errors += [str(error) for error in migrated.errors]
    report.standing, _ = standing_to_serve(settings, Descriptions(settings, probe_here))


def _change(
    kind: Literal["enable", "disable", "uninstall", "move"], settings: HubSettings, report: Report, **others: Any
) -> None:
    """``hub enable subject``, ``disable``, ``uninstall`` or ``move``; the next to stand is ``hub serve``."""
    telling = Telling(agree=lambda plan: None, on_revision=lambda run: report.applied.append(run.revision))
    try:
        change(
            settings,
            Change(kind=kind, names=("subject",), **others),
            telling=telling,
            verify=verifying.by_their_files,
            descriptions=Descriptions(settings, probe_here),
        )
    except ChangeUndone as error:
        report.errors.append(str(error))
    report.standing, _ = standing_to_serve(settings, Descriptions(settings, probe_here))


KEPT: Final = "kept.hubbackup"


def _archive(settings: HubSettings, report: Report) -> None:
    """``hub backup create --output kept.hubbackup``."""
    create_archive(settings, output=settings.folder / KEPT)


def _back_up(settings: HubSettings, report: Report) -> None:
    """``hub backup create``."""
    create_archive(settings)
    report.standing, _ = standing_to_serve(settings, Descriptions(settings, probe_here))


def _restore(settings: HubSettings, report: Report) -> None:
    """``hub restore kept.hubbackup --module subject``."""
    restore(settings, settings.folder / KEPT, module="subject", agree=lambda restoring: None)
    report.standing, _ = standing_to_serve(settings, Descriptions(settings, probe_here))


def _restore_all(settings: HubSettings, report: Report) -> None:
    """``hub restore kept.hubbackup``."""
    restore_all(settings, settings.folder / KEPT, agree=lambda restoring: None)
    report.standing, _ = standing_to_serve(settings, Descriptions(settings, probe_here))


OPERATIONS: Final[Mapping[str, Callable[[HubSettings, Report], None]]] = {
    "up": _up,
    "serve": _serve,
    "back": _back,
    "enable": partial(_change, "enable"),
    "disable": partial(_change, "disable"),
    "keep": partial(_change, "uninstall", data="keep"),
    "purge": partial(_change, "uninstall", data="purge"),
    "create an archive": _archive,
    "back up": _back_up,
    "restore": _restore,
    "restore all": _restore_all,
    "move": partial(_change, "move", placement="schema"),
    "move back": partial(_change, "move", placement="shared"),
    "archive": partial(_change, "uninstall", data="archive"),
}


def _command(job: Job) -> int:
    """The command line itself; its standard output is what the child tells."""
    os.environ["HUB_DATABASE_URL"] = job.url
    return run_command(job.arguments)


async def _answers(settings: HubSettings, standing: Standing, paths: tuple[str, ...]) -> dict[str, Any]:
    """Status and content of each path, from a real hub over ASGI."""
    hub = Hub(settings, Database(parse_url(settings.effective_database_url)), standing)
    transport = httpx2.ASGITransport(app=application(hub), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        await hub.start()
        answers = {}
        for path in paths:
            answer = await client.get(path)
            answers[path] = [answer.status_code, answer.json() if answer.is_success else None]
        await hub.stop()
    return answers
