"""Fall back to the environment that still serves, when the hub does not start in the one that took its place.

It was brought up on trial before it was committed; but a process that serves may have other variables, limits or rights than
the command that made the change.
"""

from ..database import connect, leader_lock, parse_url
from ..errors import HubError
from ..packages import Environments
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
from .locked import lock_here
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


def fall_back(settings: HubSettings, *, reason: str) -> int | None:
    """Make the environment of this process what the database records again, as an operation of its own; answers its number.

    ``None`` when somebody else has done so, or when the other one was not made on this machine: it may serve elsewhere.

    :raises NotGoneBack: when the operation was about modules as well.
    """
    url = parse_url(settings.effective_database_url)
    with leader_lock(url, wait_seconds=settings.lock_seconds):
        with connect(url) as connection:
            there, lock = generation(connection).lock, lock_here(settings)
            if lock is None or there == lock.digest:
                return None
            led = [row for row in operations(connection) if there is not None and row.intent.get("lock") == there]
            if not led or Environments(settings.state_folder).find(led[-1].intent["environment"]) is None:
                return None
            if steps_of(connection, led[-1].id):
                raise NotGoneBack(led[-1])
            started = start_operation(
                connection,
                kind="back",
                detail=[f"go back from environment {led[-1].intent['environment']} to {lock.environment}"],
                actor=this_actor(),
                intent={"environment": lock.environment, "lock": lock.digest},
            )
            next_generation(connection, lock)
            finish_operation(connection, started, outcome=COMMITTED, reason=reason[:2000])
            connection.commit()
            back = next(row for row in operations(connection) if row.id == started)
        finish(url, settings, back)
        take_core_back(url, settings, on_revision=lambda run: None)
    return back.number
