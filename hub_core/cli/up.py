"""``hub up``: apply what is wanted and serve it."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from .agreement import Yes, agree
from .printing import AsJson
from .serving import Server, free_socket

Host = Annotated[str | None, typer.Option(help="The address to listen on.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")]


def command(
    host: Host = None,
    port: Port = None,
    yes: Yes = False,
    new_token: Annotated[bool, typer.Option("--new-token", help="Revoke every token and make a new one.")] = False,
    as_json: AsJson = False,
) -> int:
    """Bring the database to what hub.toml wants, then serve.

    Migrates the core, applies what changed in hub.toml, shows the plan and asks, carries it out module by module, and
    serves until Ctrl-C. A module that fails is reported and the others serve.
    """
    from ..logs import set_up_logging
    from ..operations.recorded_state import note_failures
    from ..operations.up import up
    from ..settings import read_settings
    from .backup_text import SaidBackups
    from .start_report import StartReport, say_revision

    settings = read_settings(Path.cwd(), host=host, port=port)
    set_up_logging(settings)
    with free_socket(settings.host, settings.port) as listening:
        backups = SaidBackups(as_json=as_json)
        raised = up(
            settings,
            agree=partial(agree, yes=yes, as_json=as_json),
            on_revision=partial(say_revision, as_json=as_json),
            on_backup=backups,
            with_new_token=new_token,
        )
        if raised.wrote_document:
            typer.echo(f"wrote {settings.config_file.name}, which says what runs here", err=as_json)
        server = Server(settings, raised.standing, listening)
        report = StartReport(server.hub, raised.errors, token=raised.token, backups=backups.made)

        def ready(address: str) -> None:
            note_failures(settings, server.hub.failures())
            (report.print_json if as_json else report.print)(address)

        server.on_ready = ready
        return server.run()
