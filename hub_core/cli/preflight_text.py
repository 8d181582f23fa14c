"""A pre-flight as people read it: what was asked for, a line for every module, what else moves, and the answer in a sentence."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .masking import masked, masked_value
from .printing import print_json, print_table
from .reasons_text import MOST, reason_lines
from .terminal_text import say, say_wrapped

_MOST_NAMES: Final = 10

if TYPE_CHECKING:
    from ..operations.previews.preflight import Preflight
    from ..planning import Foreseen, Target


def print_preflight(found: "Preflight", *, as_json: bool = False) -> None:
    """Print it. In a pipe each module is one line with its reasons, which a program can find."""
    if found.without_database:
        say(masked(f"without the database: {found.without_database}"), err=True)
    if as_json:
        print_json(masked_value(found.as_json()))
        return
    for target in found.targets:
        for line in _target_lines(target):
            say_wrapped(masked(line))
    rows = [(line.module.name, line.module.version, line.module.state, masked(_cell(line))) for line in found.modules]
    print_table(("module", "version", "state", "would be"), rows)
    if sys.stdout.isatty():
        for told in _explained(found):
            say_wrapped(masked(told))
    for finding in found.findings:
        say_wrapped(masked(f"finding: {finding.text} [{finding.code}]"))
    for told in (*_changes(found), _sentence(found)):
        say_wrapped(masked(told))


def verdict_text(line: "Foreseen") -> str:
    """The answer for one module in a few words."""
    match line.verdict:
        case "ok" if line.after in (None, line.module.version):
            return "ok, stays"
        case "ok":
            return f"ok, moves to {line.after}"
        case "needs version":
            return f"needs version {line.after}"
        case "blocked" if line.blocked_by:
            return f"blocked by {', '.join(line.blocked_by)}"
    return line.verdict


def _cell(line: "Foreseen") -> str:
    if sys.stdout.isatty() or not line.reasons:
        return verdict_text(line)
    told = [each.strip() for each in reason_lines(line.reasons[:MOST])]
    more = [f"and {len(line.reasons) - MOST} more"] if len(line.reasons) > MOST else []
    return f"{verdict_text(line)}: {'; '.join([*told, *more])}"


def _explained(found: "Preflight") -> Iterator[str]:
    for line in found.modules:
        if line.reasons:
            yield f"{line.module.name} ({line.module.distribution} {line.module.version}) {verdict_text(line)}:"
            yield from (f"  {each}" for each in reason_lines(line.reasons[:MOST]))


def _target_lines(target: "Target") -> Iterator[str]:
    name = target.distribution
    if target.after is None:
        yield f"{target.requirement} cannot be had:"
    elif target.before is None:
        yield f"{name} {target.after} would be brought"
    elif target.before == target.after:
        yield f"{name} stays at {target.after}"
    else:
        yield f"{name} moves from {target.before} to {target.after}"
    if target.held_back:
        yield f"{name} {target.held_back} is there and is held back; see hub upgrade '{name}=={target.held_back}' --dry-run:"
    yield from (f"  {each.text} [{each.code}]" for each in target.reasons[:MOST])


def _changes(found: "Preflight") -> Iterator[str]:
    from .package_text import change_lines

    yield from change_lines(found.changes)


def _sentence(found: "Preflight") -> str:
    against = [line for line in found.modules if line.stands_against]
    if against:
        words = "stands against it" if len(against) == 1 else "stand against it"
        names = ", ".join(line.module.name for line in against[:_MOST_NAMES])
        names += f" and {len(against) - _MOST_NAMES} more" if len(against) > _MOST_NAMES else ""
        return f"{len(against)} of {len(found.modules)} modules {words}: {names}"
    if found.is_no:
        return "what was asked for cannot be had"
    return "nothing stands against it" if found.changes else "nothing to do"
