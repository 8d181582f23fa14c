"""The journal of operations: what was to be done, by whom, each step that is done, and how it ended. No row is ever deleted.

A step is written down in the transaction that does it, with what the module was before. So whoever finds an operation
without an end knows what is done and can take it back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from hub_hookspecs import uuid7
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from ..planning import ModuleState, RecordedModule
from . import tables
from .audit import Attempt, attempt_here, begun_attempt, note_attempt

BEGUN: Final = "begun"
DONE: Final = "done"
PARTLY: Final = "partly"
UNDONE: Final = "undone"
COMMITTED: Final = "committed"
"""The database has it all; what lies beside the database may be missing yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """One operation. ``number`` is what people call it by; ``intent`` what its kind needs to be finished or undone.

    ``outcome`` is ``None`` while it runs, and when its process ended before it.
    """

    id: str
    number: int
    kind: str
    actor: str
    intent: Mapping[str, Any]
    detail: Sequence[str]
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    reason: str | None

    def as_json(self) -> dict[str, Any]:
        """The object of ``hub history --operations --json``."""
        return {
            "number": self.number,
            "kind": self.kind,
            "actor": self.actor,
            "steps": list(self.detail),
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at and self.finished_at.isoformat(),
            "outcome": self.outcome,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step that was done (``done``), or taken back (``undone``).

    ``before`` is what was recorded of the module before its first step, ``backup`` the file that holds its rows of then.
    """

    number: int
    kind: str
    module: str
    text: str
    outcome: str
    before: RecordedModule | None
    backup: str | None
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """One of the steps in ``hub show --operation N --json``."""
        return {
            "number": self.number,
            "kind": self.kind,
            "module": self.module,
            "text": self.text,
            "outcome": self.outcome,
            "backup": self.backup,
            "at": self.at.isoformat(),
        }


def start_operation(
    connection: Connection,
    *,
    kind: str,
    detail: Sequence[str],
    actor: str = "",
    intent: Mapping[str, Any] | None = None,
    attempt: Attempt | None = None,
) -> str:
    """Journal what is about to be done, and answer the id it goes by. One at a time: under the leader's lock.

    :param attempt: what the audit log says of it; its id becomes that of the operation, unless one has that already.
    """
    attempt, table = attempt or attempt_here(kind, actor=actor), tables.operations
    if connection.scalar(select(table.c.id).where(table.c.id == attempt.id)) is not None:
        attempt = replace(attempt, id=uuid7().hex)
    number = (connection.scalar(select(func.max(table.c.number))) or 0) + 1
    row = {"id": attempt.id, "number": number, "kind": kind, "actor": actor[:200], "detail": list(detail)}
    connection.execute(insert(table).values(**row, intent=dict(intent or {})))
    note_attempt(connection, attempt, BEGUN, operation=number)
    return attempt.id


def finish_operation(connection: Connection, operation: str, *, outcome: str, reason: str | None = None) -> None:
    """Journal how an operation ended, or that the database has all of it (:data:`COMMITTED`)."""
    table = tables.operations
    ended = {"outcome": outcome, "reason": reason, "finished_at": tables.now()}
    connection.execute(update(table).where(table.c.id == operation).values(ended))
    if outcome != COMMITTED and (attempt := begun_attempt(connection, operation)) is not None:
        number = connection.scalar(select(table.c.number).where(table.c.id == operation))
        note_attempt(connection, attempt, outcome, operation=number, reason=reason)


def note_step(
    connection: Connection,
    operation: str,
    *,
    kind: str,
    module: str,
    text: str,
    before: RecordedModule | None,
    backup: str | None = None,
) -> None:
    """Journal a step that is done, in the transaction that does it."""
    table = tables.operation_steps
    last = connection.scalar(select(func.max(table.c.number)).where(table.c.operation == operation)) or 0
    connection.execute(
        insert(table).values(
            operation=operation,
            number=last + 1,
            kind=kind,
            module=module,
            text=text,
            outcome=DONE,
            before=before and {**asdict(before), "state": before.state.value},
            backup=backup,
        )
    )


def note_undone(connection: Connection, operation: str, module: str) -> None:
    """Journal that the steps of one module are taken back, in the transaction that does it."""
    table = tables.operation_steps
    steps = (table.c.operation == operation) & (table.c.module == module)
    connection.execute(update(table).where(steps).values(outcome=UNDONE))


def steps_of(connection: Connection, operation: str) -> tuple[StepRow, ...]:
    """The steps of one operation in the order they were taken."""
    table = tables.operation_steps
    columns = [column for column in table.c if column.name != "operation"]
    rows = connection.execute(select(*columns).where(table.c.operation == operation).order_by(table.c.number))
    return tuple(StepRow(**{**row, "before": _module(row["before"])}) for row in rows.mappings())


def noted_backups(connection: Connection) -> tuple[tuple[str, str, bool], ...]:
    """Each backup that a step names: its path, the module, and whether the operation has no end yet."""
    steps, table = tables.operation_steps.c, tables.operations.c
    has_no_end = table.outcome.is_(None) | (table.outcome == COMMITTED)
    found = select(steps.backup, steps.module, has_no_end).join(tables.operations, table.id == steps.operation)
    rows = connection.execute(found.where(steps.backup.is_not(None)))
    return tuple((path, module, bool(is_open)) for path, module, is_open in rows)


def operations(
    connection: Connection,
    *,
    number: int | None = None,
    module: str | None = None,
    ids: Collection[str] | None = None,
) -> tuple[OperationRow, ...]:
    """All operations, the one of ``number``, those with a step of ``module``, or those of ``ids``; the latest last."""
    table, steps = tables.operations, tables.operation_steps
    rows = select(table).order_by(table.c.number)
    if number is not None:
        rows = rows.where(table.c.number == number)
    if ids is not None:
        rows = rows.where(table.c.id.in_(ids))
    if module is not None:
        rows = rows.where(table.c.id.in_(select(steps.c.operation).where(steps.c.module == module)))
    return tuple(map(_operation, connection.execute(rows).mappings()))


def open_operations(connection: Connection) -> tuple[OperationRow, ...]:
    """Those that have no end yet, the latest first: under the leader's lock none of them runs any more."""
    table = tables.operations
    has_no_end = table.c.outcome.is_(None) | (table.c.outcome == COMMITTED)
    rows = select(table).where(has_no_end).order_by(table.c.number.desc())
    return tuple(map(_operation, connection.execute(rows).mappings()))


def _operation(row: RowMapping) -> OperationRow:
    return OperationRow(**{**row, "actor": row["actor"] or "", "intent": row["intent"] or {}})


def _module(kept: Mapping[str, Any] | None) -> RecordedModule | None:
    return RecordedModule(**{**kept, "state": ModuleState(kept["state"])}) if kept else None
