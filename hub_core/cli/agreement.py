"""Ask before something is changed: the plan is shown, and a person or ``--yes`` agrees to it."""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, TypeVar

import typer

from ..errors import HubError
from .masking import masked
from .terminal_text import say_wrapped

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Carry the plan out without asking.")]


class PlanNotAgreed(HubError):
    """The plan was shown and not agreed to; nothing was changed."""

    code = "plan_not_agreed"

    def __init__(self) -> None:
        super().__init__(
            "the plan was not carried out; no module was changed", remedy="Run the command again when it suits you"
        )


class _Unanswered(Exception):
    """A plan that a person is to be asked about, once nothing is held for it."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines


Agree = Callable[[Iterable[str]], None]
Result = TypeVar("Result")


def agreed(carry_out: Callable[[Agree], Result], *, yes: bool, as_json: bool) -> Result:
    """Carry out what shows its plan and asks. A person answers while nothing is locked; another plan then is asked for anew.

    With ``--json`` plans go to standard error, beside the progress.

    :raises PlanNotAgreed: when a person says no. Where nobody can be asked, the command ends with exit code 2.
    """
    shown: Sequence[str] | None = None

    def agree(lines: Iterable[str]) -> None:
        nonlocal shown
        told = [*lines]
        if told == shown:
            return
        typer.echo("plan:", err=as_json)
        for line in told:
            say_wrapped(masked(f"  {line}"), err=as_json)
        if yes:
            shown = told
            return
        if not sys.stdin.isatty():
            typer.echo(
                "error: nobody can agree to this plan here, as standard input is no terminal\nremedy: add --yes",
                err=True,
            )
            raise typer.Exit(2)
        raise _Unanswered(told)

    while True:
        try:
            return carry_out(agree)
        except _Unanswered as unanswered:
            shown = unanswered.lines
        if not typer.confirm("Carry this out?", default=True, err=as_json):
            raise PlanNotAgreed
