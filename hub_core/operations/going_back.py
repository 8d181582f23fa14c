"""Go back to the environment that still serves, when the hub does not start in the one that took its place.

It was brought up on trial before it was committed; but a process that serves may have other variables, limits or rights than
the command that made the change.
"""

from ..database import connect, leader_lock, parse_url
from ..errors import HubError
from ..packages import Environment
from ..registry import (
    COMMITTED,
    OperationRow,
    finish_operation,
    generation,
    next_generation,
    operations,
    start_operation,
    steps_of,
)
from ..settings import HubSettings
from .actor import this_actor
from .core_tables import take_core_back
from .recovery import finish


class NotGoneBack(HubError):
    """The operation that led to the other environment has changed modules; their tables are not taken back unasked."""

    code = "not_gone_back"

    def __init__(self, operation: OperationRow) -> None:
        super().__init__(
            f"operation {operation.number} ({operation.kind}) is not taken back by itself",
            cause="it also changed modules, and what was written since would be lost with that",
            remedy="Mend what keeps the hub from starting there; each operation's backups are in "
            f"hub show --operation {operation.number}",
        )
        self.operation = operation


def go_back(settings: HubSettings, here: Environment, *, reason: str) -> int | None:
    """Make ``here`` what the database names again, journaled as an operation of its own; answers its number.

    ``None`` when somebody else has done so.

    :raises NotGoneBack: when the operation was about modules as well.
    """
    url = parse_url(settings.effective_database_url)
    with leader_lock(url, wait_seconds=settings.lock_seconds):
        with connect(url) as connection:
            there = generation(connection).environment
            if there == here.name:
                return None
            led = [row for row in operations(connection) if row.intent.get("environment") == there]
            if led and steps_of(connection, led[-1].id):
                raise NotGoneBack(led[-1])
            started = start_operation(
                connection,
                kind="back",
                detail=[f"go back from environment {there} to {here.name}"],
                actor=this_actor(),
                intent={"environment": here.name},
            )
            next_generation(connection, here.name)
            finish_operation(connection, started, outcome=COMMITTED, reason=reason[:2000])
            connection.commit()
            back = next(row for row in operations(connection) if row.id == started)
        finish(url, settings, back)
        take_core_back(url, settings, on_revision=lambda run: None)
    return back.number
