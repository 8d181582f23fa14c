"""Hold a revision to its module's tables that runs outside a transaction, as CREATE INDEX CONCURRENTLY must.

There is nothing to roll back, so writing another module's rows is refused by the text of the statement, and what a
statement did to the schema is told by comparing the catalogues before and after it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, event, text

from ...database import TableOwners
from ..source import MigrationSource
from .violations import OwnershipViolated, Statements, whose

_WRITES: Final = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|COPY|MERGE\s+INTO)\s+(?:ONLY\s+)?"
    r"(?:\"?\w+\"?\s*\.\s*)?\"?(\w+)\"?",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_STATE: Final = text("""
    SELECT 'relation', c.relname::text,
        concat_ws(' ', n.nspname, c.relkind, c.relnatts, c.relowner, c.relacl::text, c.relfilenode,
            (SELECT string_agg(concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attacl::text), ',' ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
            (SELECT string_agg(i.indexrelid::regclass::text, ',' ORDER BY i.indexrelid) FROM pg_index i WHERE i.indrelid = c.oid),
            (SELECT string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY k.oid) FROM pg_constraint k WHERE k.conrelid = c.oid))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)' AND c.relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT 'type', t.typname::text,
        concat_ws(' ', n.nspname, (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND t.typtype IN ('e', 'd', 'r')
    UNION ALL
    SELECT 'function', p.proname::text, concat_ws(' ', n.nspname, p.prosrc, p.proacl::text)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
""")


class OutsideGuard:
    """Watches one revision that runs outside a transaction."""

    def __init__(self, connection: Connection, source: MigrationSource, owners: TableOwners) -> None:
        self._connection, self._source, self._owners = connection, source, owners
        self._statements = Statements()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Let the block run.

        :raises OwnershipViolated: naming what was refused, or what was done and has to be mended by hand.
        """
        before = self._state()
        event.listen(self._connection, "before_cursor_execute", self._refuse)
        try:
            with self._statements.heard(self._connection):
                yield
        finally:
            event.remove(self._connection, "before_cursor_execute", self._refuse)
        if faults := list(self._changed(before, self._state())):
            raise OwnershipViolated(self._source, faults)

    def _refuse(self, connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        for name in _WRITES.findall(_COMMENT.sub(" ", statement)):
            owner = self._owners.owner(name)
            if owner is not None and owner != self._source.module:
                said = f"it writes rows of {name}, {whose(self._owners, name)} ({' '.join(statement.split())[:160]})"
                raise OwnershipViolated(self._source, [said])

    def _changed(self, before: dict[Any, list[str]], after: dict[Any, list[str]]) -> Iterator[str]:
        for kind, name in sorted(before.keys() | after.keys()):
            if before.get((kind, name)) == after.get((kind, name)):
                continue
            owner, said = self._owners.owner(name), self._statements.about(name)
            # what is nobody's may be the work of another program, unless this revision speaks of it
            if owner != self._source.module and (owner is not None or said):
                yield f"it changed the {kind} {name}, {whose(self._owners, name)}, and that cannot be undone here{said}"

    def _state(self) -> dict[Any, list[str]]:
        state: dict[Any, list[str]] = {}
        for kind, name, told in self._connection.execute(_STATE):
            state.setdefault((kind, name), []).append(told)
        return {key: sorted(values) for key, values in state.items()}
