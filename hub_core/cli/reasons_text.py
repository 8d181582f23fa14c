"""The reasons of modules that do not run, as people read them: each sentence with its code, and what mends it below."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..planning import ListedModule
from ..resolution import Reason
from .masking import masked
from .remedies import remedy_here
from .terminal_text import say_wrapped

MOST: Final = 5
"""How many reasons of one module are shown; `hub show` shows all."""


def conditions_cell(module: ListedModule) -> str:
    """The conditions; in a pipe, where each line stands alone, with reasons and remedies.

    ``blocked: needs X, which is not installed [missing_requirement]; remedy: pip install X``
    """
    conditions = ", ".join(module.conditions)
    if sys.stdout.isatty() or not module.reasons:
        return conditions
    reasons = [line.strip() for line in reason_lines(module.reasons[:MOST])]
    more = [f"and {len(module.reasons) - MOST} more"] if len(module.reasons) > MOST else []
    return masked(f"{conditions}: {'; '.join([*reasons, *more])}")


def reason_lines(reasons: Sequence[Reason]) -> Iterator[str]:
    """Each reason with its code, and its remedy unless the next reason has the same one."""
    for reason, following in zip(reasons, (*reasons[1:], None), strict=False):
        yield f"{reason.text} [{reason.code}]"
        if following is None or following.remedy != reason.remedy:
            yield f"  remedy: {remedy_here(reason.remedy)}"


def print_explained(modules: Iterable[ListedModule]) -> None:
    """On a terminal, print below a table why modules do not run, and how many there are."""
    if not sys.stdout.isatty():
        return
    modules = tuple(modules)
    for line in explained(modules):
        say_wrapped(masked(line))
    if counts := Counter(module.conditions[0] for module in modules if module.conditions and module.reasons):
        numbers = ", ".join(f"{number} {condition}" for condition, number in counts.items())
        say_wrapped(f"{numbers}; `hub show NAME` tells all about one module")


def explained(modules: Iterable[ListedModule]) -> Iterator[str]:
    """A paragraph for each module with reasons; modules with the same ones share it."""
    together: dict[tuple[tuple[str, ...], tuple[Reason, ...]], list[ListedModule]] = {}
    for module in modules:
        if module.reasons:
            together.setdefault((module.conditions, module.reasons), []).append(module)
    for (conditions, reasons), group in together.items():
        names = " and ".join(f"{module.name} ({module.distribution} {module.version})" for module in group)
        yield f"{names} {', '.join(conditions)}:"
        yield from (f"  {line}" for line in reason_lines(reasons[:MOST]))
        if len(reasons) > MOST:
            yield f"  and {len(reasons) - MOST} more: hub show {group[0].name}"
