"""Ask before something is changed: the plan is shown, and a person or ``--yes`` agrees to it."""

import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from ..errors import HubError
from ..planning import Plan
from .masking import masked
from .plan_text import plan_lines
from .terminal_text import say_wrapped

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Carry the plan out without asking.")]


class PlanNotAgreed(HubError):
    """The plan was shown and not agreed to; nothing was changed."""

    code = "plan_not_agreed"

    def __init__(self) -> None:
        super().__init__(
            "the plan was not carried out; no module was changed", remedy="Run the command again when it suits you"
        )


def agree(plan: Plan, *, yes: bool, as_json: bool) -> None:
    """Print the plan and go on when it is agreed to. With ``--json`` it goes to standard error, beside the progress.

    :raises PlanNotAgreed: when a person says no. Where nobody can be asked, the command ends with exit code 2.
    """
    agree_to(plan_lines(plan), yes=yes, as_json=as_json)


def agree_to(lines: Iterable[str], *, yes: bool, as_json: bool) -> None:
    """The same for a plan that is told in ``lines``."""
    typer.echo("plan:", err=as_json)
    for line in lines:
        say_wrapped(masked(f"  {line}"), err=as_json)
    if yes:
        return
    if not sys.stdin.isatty():
        typer.echo(
            "error: nobody can agree to this plan here, as standard input is no terminal\nremedy: add --yes", err=True
        )
        raise typer.Exit(2)
    if not typer.confirm("Carry this out?", default=True, err=as_json):
        raise PlanNotAgreed
