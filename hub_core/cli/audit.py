"""``hub audit``: who tried to change what, and what became of it."""

from pathlib import Path
from typing import Annotated

import typer

from .masking import masked, masked_value
from .printing import AsJson, print_json, print_table


def command(
    module: Annotated[str | None, typer.Option(help="Only attempts at this module.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows, the latest ones.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show who tried to change what, and what became of it, the latest last.

    An attempt has a row when it was asked for, when its operation began, and when it ended. No row is ever changed.
    """
    from ..operations.recorded_state import registry_connection
    from ..registry import audited
    from ..settings import read_settings

    with registry_connection(read_settings(Path.cwd())) as connection:
        rows = audited(connection, module=module, limit=limit)
    if as_json:
        print_json([masked_value(row.as_json()) for row in rows])
        return
    print_table(
        ("at", "by", "from", "action", "modules", "outcome", "operation", "reason"),
        [
            (
                f"{row.at:%Y-%m-%d %H:%M:%S}Z",
                row.actor,
                row.address or row.channel,
                row.action,
                ", ".join(row.modules) or "—",
                row.outcome,
                str(row.operation or "—"),
                masked(row.reason or "—"),
            )
            for row in rows
        ],
        yielding="reason",
    )
