"""Every migration that ran, with its outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from . import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRow:
    """One run of a module's migrations: revisions before and after, and how it ended: ``done``, ``failed``, or ``undone`` later."""

    module: str
    before: str | None
    after: str | None
    duration_ms: float
    checksum: str | None
    outcome: str
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """The object of ``hub history --json``."""
        return {
            "module": self.module,
            "from": self.before,
            "to": self.after,
            "duration_ms": round(self.duration_ms, 3),
            "checksum": self.checksum,
            "outcome": self.outcome,
            "at": self.at.isoformat(),
        }


def note_migration(
    connection: Connection,
    *,
    module: str,
    before: str | None,
    after: str | None,
    duration_ms: float,
    checksum: str | None,
    outcome: str,
) -> None:
    """Journal one revision, in the transaction that ran it or, when that failed, in one of its own."""
    connection.execute(
        insert(tables.migrations).values(
            module=module,
            before=before,
            after=after,
            duration_ms=duration_ms,
            checksum=checksum,
            outcome=outcome,
        )
    )


def note_migrations_undone(connection: Connection, module: str, since: datetime) -> None:
    """Journal that what ran of a module since then was taken back."""
    table = tables.migrations
    ran = (table.c.module == module) & (table.c.at >= since) & (table.c.outcome == "done")
    connection.execute(update(table).where(ran).values(outcome="undone"))


def history(connection: Connection, module: str | None = None) -> tuple[MigrationRow, ...]:
    """What ran, oldest first; of one module or of all."""
    table = tables.migrations
    columns = [column for column in table.c if column.name != "id"]
    rows = select(*columns).order_by(table.c.id)
    if module is not None:
        rows = rows.where(table.c.module == module)
    return tuple(MigrationRow(**row) for row in connection.execute(rows).mappings())


def unfinished(connection: Connection, *, module: str, revision: str) -> MigrationRow | None:
    """The last that was noted of a module, when that is the beginning of ``revision`` and nothing of its end."""
    last = history(connection, module)[-1:]
    return last[0] if last and last[0].outcome == "started" and last[0].after == revision else None
