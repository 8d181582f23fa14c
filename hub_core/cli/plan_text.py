"""A plan as people read it, the same before they agree to it and when they only ask."""

from collections.abc import Iterator, Sequence
from typing import Any

from ..planning import Plan


def plan_lines(plan: Plan, drift: Sequence[str] = ()) -> Iterator[str]:
    """One line per step, blocked module and difference."""
    if not plan.steps:
        yield "no steps" if drift or plan.drift else "nothing to do"
    yield from (f"{number}. {step.text}" for number, step in enumerate(plan.steps, 1))
    for name, reasons in sorted(plan.blocked.items()):
        yield f"{name} blocked: {'; '.join(reason.text for reason in reasons)}"
        yield from (f"  remedy: {remedy}" for remedy in dict.fromkeys(reason.remedy for reason in reasons))
    yield from (f"drift: {line}" for line in (*plan.drift, *drift))


def plan_json(plan: Plan, drift: Sequence[str] = ()) -> dict[str, Any]:
    """The same for ``--json``."""
    return {
        "steps": [step.as_json() for step in plan.steps],
        "blocked": {name: [reason.as_json() for reason in reasons] for name, reasons in sorted(plan.blocked.items())},
        "drift": [*plan.drift, *drift],
    }
