"""``hub up``: apply what is wanted and serve it."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from .agreement import Yes, agree
from .serving import Server, free_socket

Host = Annotated[str | None, typer.Option(help="The address to listen on.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")]


def command(
    host: Host = None,
    port: Port = None,
    yes: Yes = False,
    new_token: Annotated[bool, typer.Option(help="Revoke every token and make a new one.")] = False,
) -> int:
    """Bring the database to what hub.toml wants, then serve.

    Migrates the core, applies what changed in hub.toml, shows the plan and asks, carries it out module by module, and
    serves until Ctrl-C. A module that fails is reported and the others serve.
    """
    from ..logs import set_up_logging
    from ..operations.up import up
    from ..settings import read_settings
    from .start_report import print_report, revision_line

    settings = read_settings(Path.cwd(), host=host, port=port)
    set_up_logging(settings)
    listening = free_socket(settings.host, settings.port)
    with listening:
        raised = up(
            settings,
            agree=partial(agree, yes=yes),
            on_revision=lambda run: typer.echo(revision_line(run)),
            with_new_token=new_token,
        )
        server = Server(settings, raised.standing, listening)
        server.on_ready = lambda hub, address: print_report(hub, address, raised)
        return server.run()
