"""One operation as the journal has it: who wanted it, what was done step by step, and how it ended."""

from pathlib import Path

from ..errors import HubError
from .masking import masked
from .printing import print_json
from .terminal_text import say_wrapped


class OperationUnknown(HubError):
    """The journal has no operation of that number."""

    code = "operation_unknown"

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no operation {number}", remedy="See those there are: hub history --operations")
        self.number = number


def show_operation(number: int, *, as_json: bool) -> None:
    """Print it with its steps."""
    from ..operations.recorded_state import registry_connection
    from ..registry import operations, steps_of
    from ..settings import read_settings

    with registry_connection(read_settings(Path.cwd())) as connection:
        found = operations(connection, number=number)
        if not found:
            raise OperationUnknown(number)
        steps = steps_of(connection, found[0].id)
    row = found[0]
    if as_json:
        print_json({**row.as_json(), "done": [step.as_json() for step in steps]})
        return
    ended = f", ended {row.finished_at:%Y-%m-%d %H:%M:%S}Z" if row.finished_at else ""
    lines = [
        f"operation {row.number}: {row.kind}, {row.outcome or 'without an end'}",
        f"by {row.actor or 'unknown'}, begun {row.started_at:%Y-%m-%d %H:%M:%S}Z{ended}",
        *([f"reason: {row.reason}"] if row.reason else []),
        "planned:",
        *(f"  {text}" for text in row.detail),
        "done:" if steps else "done: nothing",
        *(
            f"  {step.number}. {step.text}{' (undone)' if step.outcome == 'undone' else ''}"
            + (f"; rows kept in {step.backup}" if step.backup else "")
            for step in steps
        ),
    ]
    for line in lines:
        say_wrapped(masked(line))
