"""Who keeps a migration waiting on PostgreSQL, in words.

Of a holder's statement only the first word is read, and shown only when it is a word of SQL: the rest may hold what
people wrote. What the server hides from an ordinary role (state, address, time of the transaction) is left out.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

STATEMENTS: Final = re.compile(
    "ALTER|ANALYZE|BEGIN|CALL|CLUSTER|COMMIT|COPY|CREATE|DELETE|DO|DROP|EXECUTE|FETCH|GRANT|"
    "INSERT|LOCK|MERGE|REFRESH|REINDEX|RELEASE|ROLLBACK|SAVEPOINT|SELECT|SET|SHOW|START|TRUNCATE|UPDATE|VACUUM|VALUES|WITH"
)
SHOWN: Final = 3

HOLDERS: Final = r"""
    WITH RECURSIVE holder(pid) AS (
        SELECT unnest(pg_blocking_pids(%(pid)s))
        UNION SELECT unnest(pg_blocking_pids(pid)) FROM holder WHERE pid <> 0
    )
    SELECT h.pid, cardinality(pg_blocking_pids(h.pid)) > 0 AS waits, a.application_name AS application, a.usename AS role,
        host(a.client_addr) AS address, a.backend_type AS kind, a.state, a.xact_start AS since,
        upper(substring(a.query FROM '^\s*(\w+)')) AS statement
    FROM holder h LEFT JOIN pg_stat_activity a ON a.pid = h.pid
    WHERE h.pid <> %(pid)s
    ORDER BY waits, since NULLS LAST, pid
"""
WAITED_FOR: Final = """
    SELECT relation::regclass::text AS relation, extract(epoch FROM clock_timestamp() - waitstart)::float AS waited
    FROM pg_locks WHERE pid = %(pid)s AND (NOT granted OR locktype = 'tuple') ORDER BY relation NULLS LAST
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One session that is waited for, directly or behind others; ``pid`` 0 is a prepared transaction."""

    pid: int
    waits: bool = False
    application: str | None = None
    role: str | None = None
    address: str | None = None
    kind: str | None = None
    state: str | None = None
    since: datetime | None = None
    statement: str | None = None

    def __str__(self) -> str:
        if self.pid == 0:
            return "a prepared transaction"
        return f"pid {self.pid}{self._who()}{self._doing()}{self._since()}"

    def _who(self) -> str:
        kind = self.kind if self.kind != "client backend" else None
        words = [
            printable(self.application or kind or ""),
            printable(f"role {self.role}" if self.role else ""),
            f"from {self.address}" if self.address else "",
        ]
        told = ", ".join(word for word in words if word)
        return f" ({told})" if told else ""

    def _doing(self) -> str:
        if self.waits:
            return ", which waits itself,"
        if self.statement is None or not STATEMENTS.fullmatch(self.statement):
            return ""
        return f" running {self.statement}" if self.state == "active" else f" idle after {self.statement}"

    def _since(self) -> str:
        return f" whose transaction is open since {self.since.astimezone(UTC):%H:%M:%SZ}" if self.since else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWait:
    """What a migration was seen waiting for, and the sessions in its way; those that wait for nobody come first."""

    relation: str | None
    waited: float | None
    holders: tuple[Holder, ...]
    seen: float = field(default_factory=time.monotonic)

    def cause(self, seconds: float | None = None) -> str:
        """For example: waited 10 s for shop_item, locked by pid 4711 (psql, role ann).

        :param seconds: how long in all, when it was waited for more than once.
        """
        if seconds is None and self.waited is not None:
            seconds = self.waited + time.monotonic() - self.seen
        waited = f" {seconds:.0f} s" if seconds is not None else ""
        shown = " and ".join(str(holder) for holder in self.holders[:SHOWN])
        more = f" and {len(self.holders) - SHOWN} more" if len(self.holders) > SHOWN else ""
        return f"waited{waited} for {self.relation or 'a lock'}, locked by {shown}{more}"

    def remedy(self) -> str:
        """How to be rid of those that wait for nobody: they are what everybody waits for."""
        roots = [holder.pid for holder in self.holders if not holder.waits][:SHOWN]
        if roots == [0]:
            return "End it (SELECT gid FROM pg_prepared_xacts, then ROLLBACK PREPARED), and run this again"
        calls = "; ".join(f"SELECT pg_terminate_backend({pid})" for pid in roots if pid)
        return f"Wait until it is done, or end that session ({calls}), and run this again"


def lock_wait(waited_for: Sequence[Any], holders: Sequence[Any]) -> LockWait | None:
    """Read the rows of :data:`WAITED_FOR` and :data:`HOLDERS`; ``None`` while nobody is in the way."""
    if not holders:
        return None
    relation = next((row["relation"] for row in waited_for if row["relation"]), None)
    waited = max((row["waited"] for row in waited_for if row["waited"] is not None), default=None)
    return LockWait(relation=relation, waited=waited, holders=tuple(Holder(**row) for row in holders))


def printable(text: str) -> str:
    """What another session calls itself, short and without anything that steers a terminal."""
    return "".join(sign for sign in text[:60] if sign.isprintable())
