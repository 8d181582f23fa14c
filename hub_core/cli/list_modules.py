"""``hub list``: the modules on disk and in the database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ..operations.timings import Timing, kept_timings
from ..planning import ListedModule
from ..settings import read_settings
from .environment import read_environment
from .masking import masked_value
from .printing import AsJson, print_json, print_table
from .reasons_text import conditions_cell, print_explained


def command(
    timing: Annotated[bool, typer.Option("--timing", help="Show how long import and start took last time.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the modules on disk and in the database.

    Imports no module, and needs no database: what is recorded shows when one is there.
    """
    modules = read_environment(with_database=True).modules
    timings = kept_timings(read_settings(Path.cwd())) if timing else None
    if as_json:
        print_json(masked_value([_as_json(module, timings) for module in modules]))
        return
    headings = ("import", "start") if timings is not None else ()
    print_table(
        ("name", "version", "state", *headings, "title", "conditions"),
        [_row(module, timings) for module in modules],
        yielding="title",
    )
    print_explained(modules)


def _as_json(module: ListedModule, timings: Mapping[str, Timing] | None) -> dict[str, object]:
    if timings is None:
        return module.as_json()
    known = timings.get(module.name)
    return {**module.as_json(), "import_ms": known and known.import_ms, "start_ms": known and known.start_ms}


def _row(module: ListedModule, timings: Mapping[str, Timing] | None) -> tuple[str, ...]:
    times: tuple[str, ...] = ()
    if timings is not None:
        known = timings.get(module.name)
        times = (_shown(known.import_ms), _shown(known.start_ms)) if known else ("", "")
    return (module.name, module.version, module.state, *times, module.title, conditions_cell(module))


def _shown(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.0f} ms"
