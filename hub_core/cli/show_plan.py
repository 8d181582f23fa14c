"""``hub plan``: what ``hub up`` would change."""

from pathlib import Path

from .masking import masked, masked_value
from .plan_text import plan_json, plan_lines
from .printing import AsJson, print_json
from .terminal_text import say_wrapped


def command(as_json: AsJson = False) -> None:
    """Show what `hub up` would change.

    Reads the database and hub.toml, and changes neither. Drift is where the two want different things, and where files
    are others than recorded.
    """
    from ..operations.previews.preview import preview
    from ..settings import read_settings

    seen = preview(read_settings(Path.cwd()))
    if as_json:
        print_json(masked_value({"database": seen.database, **plan_json(seen.plan, seen.drift)}))
        return
    say_wrapped(f"database: {seen.database}")
    for line in plan_lines(seen.plan, seen.drift):
        say_wrapped(masked(line))
    if seen.plan.available:
        say_wrapped(f"available, and not asked for: {', '.join(seen.plan.available)}")
