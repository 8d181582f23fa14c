"""``hub schema check``: for those who release modules, and for their CI."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .masking import masked, masked_value
from .printing import AsJson, print_json
from .schema_diff import Name
from .terminal_text import say

if TYPE_CHECKING:
    from ..migrations import LintFinding

Since = Annotated[
    str | None, typer.Option("--since", help="Only revisions after this one, such as the last that was released.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Warnings end with exit code 1 too.")]


def command(name: Name = None, since: Since = None, strict: Strict = False, as_json: AsJson = False) -> int:
    """Examine revisions: whether they make the models, lead back and break nobody.

    Runs every revision forward and back in a scratch database. Ends with exit code 1 when there are errors.
    """
    from ..operations.schemas.schema_check import schema_check
    from ..settings import read_settings

    modules, findings = schema_check(read_settings(Path.cwd()), name, since=since)
    if as_json:
        print_json({"modules": list(modules), "findings": masked_value([each.as_json() for each in findings])})
    else:
        for finding in findings:
            _print(finding)
        say(f"looked at {', '.join(modules)}: {_counted(findings, 'error')}, {_counted(findings, 'warning')}")
    open_ones = {finding.level for finding in findings if not finding.accepted}
    return 1 if "error" in open_ones or (strict and "warning" in open_ones) else 0


def _print(finding: "LintFinding") -> None:
    level = "accepted" if finding.accepted else finding.level
    say(masked(f"{finding.module}: {finding.file}: {level} {finding.code}: {finding.text}"))
    if not finding.accepted:
        say(masked(f"  remedy: {finding.remedy}"))


def _counted(findings: "tuple[LintFinding, ...]", level: str) -> str:
    number = sum(finding.level == level and not finding.accepted for finding in findings)
    return f"{number} {level}" if number == 1 else f"{number} {level}s"
