"""Hold a revision to its module's tables that runs outside a transaction, as CREATE INDEX CONCURRENTLY must.

There is nothing to roll back. So a statement that names what is another module's is refused by its text, unless it only
reads; the driver's cursors ask, whoever uses them. What was done another way is told by comparing the catalogues.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, text

from ...database import TableOwners
from ..source import MigrationSource
from .violations import OwnershipViolated, Statements, whose

_READS: Final = re.compile(r"\s*(?:SELECT|SHOW|SET|EXPLAIN)\b", re.IGNORECASE)
_WORD: Final = re.compile(r"\w+")
_NO_NAMES: Final = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
"""Comments and literals."""
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
        driver: Any = self._connection.connection.driver_connection
        factory, driver.cursor_factory = driver.cursor_factory, _asking(driver.cursor_factory, self._refuse)
        try:
            with self._statements.heard(self._connection):
                yield
        finally:
            driver.cursor_factory = factory
        if faults := list(self._changed(before, self._state())):
            raise OwnershipViolated(self._source, faults)

    def _refuse(self, query: Any) -> None:
        statement = query.decode(errors="replace") if isinstance(query, bytes) else str(query)
        if not isinstance(query, str | bytes):  # composed by psycopg.sql
            statement = query.as_string(None)
        bare = _NO_NAMES.sub(" ", statement)
        if _READS.match(bare):
            return
        for name in _WORD.findall(bare):
            if self._owners.owner(name) not in (None, self._source.module):
                said = (
                    f"it would change or use {name}, {whose(self._owners, name)} ({' '.join(statement.split())[:160]})"
                )
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


def _asking(cursors: type, ask: Callable[[Any], None]) -> type:
    """A class of ``cursors`` that ask before they send anything."""

    class Asking(cursors):  # type: ignore[misc]
        def execute(self, query: Any, *arguments: Any, **named: Any) -> Any:
            ask(query)
            return super().execute(query, *arguments, **named)

        def executemany(self, query: Any, *arguments: Any, **named: Any) -> Any:
            ask(query)
            return super().executemany(query, *arguments, **named)

        def copy(self, query: Any, *arguments: Any, **named: Any) -> Any:
            ask(query)
            return super().copy(query, *arguments, **named)

    return Asking
