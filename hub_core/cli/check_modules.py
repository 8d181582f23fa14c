"""``hub check``: what can run together. From files alone, or with ``--deep`` by importing each module elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from ..operations.checking import Checked, check
from ..settings import HubSettings, read_settings
from .masking import masked, masked_value
from .printing import AsJson, print_json
from .reasons_text import explained
from .remedies import remedy_here
from .terminal_text import say_wrapped

Deep = Annotated[
    bool, typer.Option("--deep", help="Also import each module in a process of its own, and read the database.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Findings and conditions end with exit code 1 too.")]
Seconds = Annotated[float, typer.Option(min=0.1, max=3600, help="How long one module may take, with --deep.")]


def command(deep: Deep = False, strict: Strict = False, seconds: Seconds = 20, as_json: AsJson = False) -> int:
    """Say what can run together, in which order, and why the rest cannot.

    Imports no module and opens no database, unless --deep: then each module is imported in a process of its own. Ends
    with exit code 1 when a module cannot run.
    """
    settings = read_settings(Path.cwd())
    checked = _deep(settings, seconds) if deep else check(settings)
    if as_json:
        print_json(masked_value(checked.as_json()))
    else:
        _print(checked)
    return 1 if checked.is_no or (strict and not checked.is_clean) else 0


def _deep(settings: HubSettings, seconds: float) -> Checked:
    from ..loading import Limits
    from ..operations.deep_check import deep_check
    from .probe_progress import ProbeProgress

    with ProbeProgress() as progress:
        return deep_check(settings, limits=Limits(seconds=seconds), on_probed=progress.tell)


def _print(checked: Checked) -> None:
    say_wrapped(f"{len(checked.order)} of {len(checked.modules)} modules can run: {', '.join(checked.order) or 'none'}")
    for line in explained(checked.modules):
        say_wrapped(masked(line))
    for module in checked.modules:
        if module.conditions and not module.reasons:
            say_wrapped(f"{module.name} ({module.distribution} {module.version}) {', '.join(module.conditions)}")
    for finding in checked.findings:
        say_wrapped(masked(f"finding: {finding.text} [{finding.code}]"))
        say_wrapped(masked(f"  remedy: {remedy_here(finding.remedy)}"))
