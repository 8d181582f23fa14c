"""What `hub up` and `hub serve` say once the hub is ready: the modules, the address, how to sign in."""

import typer

from ..loading import ModuleFailed
from ..migrations import RevisionRun
from ..operations.up import Raised
from ..planning import ListedModule
from ..runtime import Hub
from .environment import conditions_text
from .masking import masked
from .printing import print_table


def revision_line(run: RevisionRun) -> str:
    """One migration as it ends: module, revision, time."""
    return f"migrated {run.module} to {run.revision} in {run.duration_ms:.0f} ms"


def print_modules(hub: Hub, errors: tuple[ModuleFailed, ...]) -> None:
    """List every module with its state and times; what failed follows in full."""
    typer.echo("")
    print_table(
        ("name", "version", "state", "load", "start", "conditions"),
        [_row(hub, line) for line in hub.listing()],
    )
    for error in (*errors, *(live.failure for live in hub.modules.values() if live.failure is not None)):
        typer.echo(masked(f"\n{error}"), err=True)
    typer.echo("")


def print_report(hub: Hub, address: str, raised: Raised) -> None:
    """The start report of ``hub up``."""
    if raised.wrote_document:
        typer.echo(f"wrote {hub.settings.config_file.name}, which names the modules found, enabled")
    print_modules(hub, raised.errors)
    typer.echo(f"ready: {address}")
    if raised.token is not None:
        typer.echo(f"token: {raised.token.text}")
        typer.echo(f"       shown this once; sign in with it at {address}/sign-in, or send Authorization: Bearer …")
    else:
        typer.echo(f"sign in at {address}/sign-in with the token; `hub up --new-token` makes a new one")


def _row(hub: Hub, line: ListedModule) -> tuple[str, ...]:
    live = hub.modules.get(line.name)
    load, start = (
        (f"{live.loaded.seconds * 1000:.0f} ms", f"{live.start_seconds * 1000:.0f} ms")
        if live is not None
        else ("", "")
    )
    return line.name, line.version, line.state, load, start, conditions_text(line)
