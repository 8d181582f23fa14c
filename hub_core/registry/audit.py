"""The audit log: who tried to change what, when, from where, and what became of it. Rows are added and never changed.

One attempt has several rows: that it was asked for, that its operation began, how it ended. An operation's rows are written
in the transactions that journal it, so the log never says more or less than the journal.
"""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from hub_hookspecs import uuid7
from sqlalchemy import Connection, insert, select

from . import tables

Channel = Literal["command", "http"]
_MOST_READ: Final = 1000
"""Rows that are read at a time when those of one module are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked over HTTP for what this process carries out. ``id`` is that of the request, and becomes the operation's."""

    id: str
    principal: str
    address: str | None = None


ASKED_BY: ContextVar[Asked | None] = ContextVar("asked_by", default=None)
"""Set once by a command that was started for a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody tried. ``id`` is that of its operation, where there is one; ``hashes`` are those of distributions, by module."""

    id: str
    action: str
    actor: str
    channel: Channel
    address: str | None = None
    modules: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)


def attempt_here(
    action: str,
    *,
    actor: str,
    modules: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    hashes: Mapping[str, str] | None = None,
) -> Attempt:
    """What is tried by this process: by ``actor``, or by who asked for it over HTTP."""
    asked = ASKED_BY.get()
    return Attempt(
        id=asked.id if asked else uuid7().hex,
        action=action,
        actor=asked.principal if asked else actor,
        channel="http" if asked else "command",
        address=asked.address if asked else None,
        modules=modules,
        options=options or {},
        hashes=hashes or {},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row: an attempt and what became of it then; ``operation`` is a number of the journal."""

    id: int
    attempt: str
    at: datetime
    channel: str
    actor: str
    address: str | None
    action: str
    modules: Sequence[str]
    options: Mapping[str, Any]
    hashes: Mapping[str, str]
    outcome: str
    operation: int | None
    code: str | None
    reason: str | None

    def as_json(self) -> dict[str, Any]:
        """One object of ``hub audit --json``."""
        told = {column.name: getattr(self, column.name) for column in tables.audit.c}
        return {**told, "at": self.at.isoformat()}


def note_attempt(
    connection: Connection,
    attempt: Attempt,
    outcome: str,
    *,
    operation: int | None = None,
    code: str | None = None,
    reason: str | None = None,
) -> None:
    """Add a row: what became of an attempt."""
    row = {
        "attempt": attempt.id,
        "channel": attempt.channel,
        "actor": attempt.actor[:200],
        "address": attempt.address and attempt.address[:100],
        "action": attempt.action[:40],
        "modules": [name[:200] for name in attempt.modules],
        "options": dict(attempt.options),
        "hashes": dict(attempt.hashes),
    }
    ended = {"outcome": outcome, "operation": operation, "code": code, "reason": reason and reason[:2000]}
    connection.execute(insert(tables.audit).values(**row, **ended))


def begun_attempt(connection: Connection, id: str) -> Attempt | None:  # noqa: A002 - as the column
    """The attempt as it was asked for, or as its operation began; ``None`` for one that the log does not know."""
    rows = _rows(connection, select(tables.audit).where(tables.audit.c.attempt == id).order_by(tables.audit.c.id))
    if not rows:
        return None
    row = next((row for row in rows if row.operation is not None), rows[0])
    return Attempt(
        id=row.attempt,
        action=row.action,
        actor=row.actor,
        channel="http" if row.channel == "http" else "command",
        address=row.address,
        modules=row.modules,
        options=row.options,
        hashes=row.hashes,
    )


def audited(connection: Connection, *, module: str | None = None, limit: int | None = None) -> tuple[AuditRow, ...]:
    """The last ``limit`` rows, or all, of one module or of every one; the latest last."""
    table, found = tables.audit, list[AuditRow]()
    before: int | None = None
    while limit is None or len(found) < limit:
        rows = select(table).order_by(table.c.id.desc()).limit(_MOST_READ)
        read = _rows(connection, rows if before is None else rows.where(table.c.id < before))
        found += (row for row in read if module is None or module in row.modules)
        if len(read) < _MOST_READ:
            break
        before = read[-1].id
    return tuple(reversed(found[:limit]))


def _rows(connection: Connection, query: Any) -> list[AuditRow]:
    return [AuditRow(**row) for row in connection.execute(query).mappings()]
