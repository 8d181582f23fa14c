"""Fall back to the environment that was recorded before, when the hub does not start in the one that took its place.

It was brought up on trial before it was committed; but a process that serves may have other variables, limits or rights than
the command that made the change.
"""

from collections.abc import Iterable
from typing import Final

from ..database import connect, leader_lock, parse_url
from ..errors import HubError
from ..packages import Environments
from ..registry import (
    COMMITTED,
    DONE,
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
from .locked import lock_here, lock_of
from .recovery import finish

BACK: Final = "back"


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
    """Make what was recorded before the last change of the environment recorded again, an operation of its own.

    That is where this process runs, or where it should have gone on meanwhile. Answers the number of the operation; ``None``
    when somebody else has done so, or when one of the two was not made on this machine: it may serve elsewhere.

    :raises NotGoneBack: when the change was about modules as well.
    """
    url, environments = parse_url(settings.effective_database_url), Environments(settings.state_folder)
    with leader_lock(url, wait_seconds=settings.lock_seconds):
        with connect(url) as connection:
            there, here = generation(connection).lock, lock_here(settings)
            if here is None or there == here.digest:
                return None
            led = _leading(operations(connection))
            if led is None or led.intent["lock"] != there or led.intent.get("before") is None:
                return None
            found = environments.having(led.intent["before"])
            if not found or environments.find(led.intent["environment"]) is None:
                return None
            if steps_of(connection, led.id):
                raise NotGoneBack(led)
            lock = lock_of(settings, found[0])
            started = start_operation(
                connection,
                kind=BACK,
                detail=[f"go back from environment {led.intent['environment']} to {lock.environment}"],
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


def _leading(rows: Iterable[OperationRow]) -> OperationRow | None:
    """The operation that led to the environment that is recorded, none of those that were taken back."""
    led: list[OperationRow] = []
    for row in rows:
        if row.intent.get("lock") is None or row.outcome not in (DONE, COMMITTED):
            continue
        if row.kind != BACK:
            led.append(row)
        elif led:
            led.pop()
    return led[-1] if led else None
