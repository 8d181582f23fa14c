"""``hub history``: which migrations and operations ran, when, and how they ended."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import HubError
from .printing import AsJson, print_json, print_table

if TYPE_CHECKING:
    from ..registry import OperationRow


class NothingRan(HubError):
    """No migration of that module ever ran here."""

    code = "nothing_ran"

    def __init__(self, name: str) -> None:
        super().__init__(f"no migration of {name!r} ran on this database", remedy="`hub history` shows all that ran")


def command(
    name: Annotated[str | None, typer.Argument(help="Only this module; `hub` is the core.")] = None,
    are_operations: Annotated[
        bool, typer.Option("--operations", help="Show operations, not migrations; of a module those that changed it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the migrations that ran, or the operations, the latest last."""
    from ..operations.recorded_state import registry_connection
    from ..registry import history, operations
    from ..settings import read_settings

    settings = read_settings(Path.cwd())
    with registry_connection(settings) as connection:
        if are_operations:
            _print_operations(operations(connection, module=name), as_json=as_json)
            return
        rows = history(connection, name)
    if name is not None and not rows:
        raise NothingRan(name)
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


def _print_operations(rows: "Sequence[OperationRow]", *, as_json: bool) -> None:
    if as_json:
        print_json([row.as_json() for row in rows])
        return
    print_table(
        ("no", "at", "kind", "by", "outcome", "steps"),
        [
            (
                str(row.number),
                f"{row.started_at:%Y-%m-%d %H:%M:%S}Z",
                row.kind,
                row.actor or "—",
                row.outcome or "—",
                "; ".join(row.detail) or "—",
            )
            for row in rows
        ],
        yielding="steps",
    )
