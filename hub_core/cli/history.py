"""``hub history``: which migrations ran, when, and how they ended."""

from pathlib import Path
from typing import Annotated

import typer

from .printing import AsJson, print_json, print_table


def command(
    name: Annotated[str | None, typer.Argument(help="Only this module; `hub` is the core.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the migrations that ran, the latest last."""
    from ..operations.recorded_state import registry_connection
    from ..registry import history
    from ..settings import read_settings

    settings = read_settings(Path.cwd())
    with registry_connection(settings) as connection:
        rows = history(connection, name)
    if as_json:
        print_json([row.as_json() for row in rows])
        return
    print_table(
        ("at", "module", "from", "to", "ms", "outcome"),
        [
            (
                f"{row.at:%Y-%m-%d %H:%M:%S}Z",
                row.module,
                row.before or "—",
                row.after or "—",
                f"{row.duration_ms:.0f}",
                row.outcome,
            )
            for row in rows
        ],
    )
