"""A plan as people read it, the same before they agree to it and when they only ask."""

from collections.abc import Iterator, Sequence
from typing import Any

from ..planning import Plan
from .reasons_text import MOST, reason_lines


def plan_lines(plan: Plan, drift: Sequence[str] = ()) -> Iterator[str]:
    """One line per step, blocked module and difference."""
    if not plan.steps:
        yield "no steps" if drift or plan.drift else "nothing to do"
    for number, step in enumerate(plan.steps, 1):
        yield f"{number}. {step.text}"
        yield from (f"   {line}" for line in step.impact)
    for name, reasons in sorted(plan.blocked.items()):
        yield f"{name} blocked:"
        yield from (f"  {line}" for line in reason_lines(reasons[:MOST]))
    yield from (f"drift: {line}" for line in (*plan.drift, *drift))


def plan_json(plan: Plan, drift: Sequence[str] = ()) -> dict[str, Any]:
    """The same for ``--json``."""
    return {
        "steps": [step.as_json() for step in plan.steps],
        "blocked": {name: [reason.as_json() for reason in reasons] for name, reasons in sorted(plan.blocked.items())},
        "drift": [*plan.drift, *drift],
        "available": list(plan.available),
    }
