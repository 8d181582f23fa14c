"""``hub up``: apply what is wanted and serve it."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..settings import read_settings
from .agreement import Yes, agreed
from .lifetime import SafeMode, WorkerCount, living, serve, told_of_safe_mode
from .noting import note_all, note_change
from .plan_text import plan_lines
from .printing import AsJson
from .serving import Server, free_socket
from .successor import Successor

Host = Annotated[str | None, typer.Option(help="The address to listen on.")]
Preload = Annotated[bool, typer.Option("--preload", help="Import all modules at start, not each at its first request.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")]


def command(
    host: Host = None,
    port: Port = None,
    yes: Yes = False,
    new_token: Annotated[bool, typer.Option("--new-token", help="Revoke every token and make a new one.")] = False,
    preload: Preload = False,
    workers: WorkerCount = 1,
    safe_mode: SafeMode = None,
    as_json: AsJson = False,
) -> int:
    """Bring the database to what hub.toml wants, then serve.

    Migrates the core, applies what changed in hub.toml, shows the plan and asks, carries it out module by module, and
    serves until Ctrl-C. A module that fails is reported and the others serve.
    """
    from ..logs import set_up_logging
    from ..operations.describing.descriptions import Descriptions
    from ..operations.timings import keep_timings
    from ..operations.up import up
    from .backup_text import SaidBackups
    from .probe_progress import ProbeProgress
    from .start_report import StartReport, say_revision

    settings = read_settings(Path.cwd(), host=host, port=port, safe_mode=safe_mode)
    set_up_logging(settings)
    with free_socket(settings.host, settings.port) as listening, living(settings) as note:
        successor = Successor(settings, listening, workers=workers, preload=preload, as_json=as_json, noting=True)
        backups = SaidBackups(as_json=as_json)
        with ProbeProgress(logs=True) as progress:
            raised = agreed(
                lambda agree: up(
                    settings,
                    agree=lambda plan: agree(plan_lines(plan)),
                    on_revision=partial(say_revision, as_json=as_json),
                    on_backup=backups,
                    with_new_token=new_token,
                    descriptions=Descriptions(settings, on_probed=progress.tell),
                    note=note,
                ),
                yes=yes,
                as_json=as_json,
            )
        if raised.wrote_document:
            typer.echo(f"wrote {settings.config_file.name}, which says what runs here", err=as_json)

        def prepare(server: Server) -> None:
            safe = told_of_safe_mode(settings)
            report = StartReport(server.hub, raised.errors, token=raised.token, backups=backups.made, safe_mode=safe)

            def ready(address: str) -> None:
                note_all(settings, server.hub.failures())
                keep_timings(settings, report.timings())
                (report.print_json if as_json else report.print)(address)

            server.on_ready = ready

        code = serve(
            settings,
            raised.standing,
            listening,
            note,
            workers=workers,
            preload=preload,
            prepare=prepare,
            successor=successor,
            on_change=partial(note_change, settings),
        )
    return successor.take_over(code)
