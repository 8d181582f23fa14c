"""The reasons of modules that do not run, as people read them: each sentence with what mends it below."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import typer

from ..planning import ListedModule
from ..resolution import Reason
from .masking import masked

MOST: Final = 5
"""How many reasons of one module are shown; `hub show` shows all."""


def conditions_cell(module: ListedModule) -> str:
    """The conditions; in a pipe, where each line stands alone, with reasons: ``blocked: needs X, which is not installed``."""
    conditions = ", ".join(module.conditions)
    if sys.stdout.isatty():
        return conditions
    reasons = "; ".join(reason.text for reason in module.reasons[:MOST])
    more = f"; and {len(module.reasons) - MOST} more" if len(module.reasons) > MOST else ""
    return f"{conditions}: {reasons}{more}" if reasons else conditions


def reason_lines(reasons: Sequence[Reason]) -> Iterator[str]:
    """Each reason, and its remedy unless the next reason has the same one."""
    for reason, following in zip(reasons, (*reasons[1:], None), strict=False):
        yield reason.text
        if following is None or following.remedy != reason.remedy:
            yield f"  remedy: {reason.remedy}"


def print_explained(modules: Iterable[ListedModule]) -> None:
    """On a terminal, print below a table why modules do not run."""
    if sys.stdout.isatty():
        for line in explained(modules):
            typer.echo(masked(line))


def explained(modules: Iterable[ListedModule]) -> Iterator[str]:
    """A paragraph for each module with reasons, the most urgent of them first."""
    for module in modules:
        if module.reasons:
            yield f"{module.name} ({module.distribution} {module.version}) {', '.join(module.conditions)}:"
            yield from (f"  {line}" for line in reason_lines(module.reasons[:MOST]))
            if len(module.reasons) > MOST:
                yield f"  and {len(module.reasons) - MOST} more: hub show {module.name}"
