"""Hold a migration to its module's tables on PostgreSQL: look at what its transaction really touched, before the commit.

Nothing is read from the statements: they may have come from a trigger, a function or a driver's own cursor. The locks
of the transaction tell the relations it wrote or changed, its row versions in the catalogues tell what takes no lock on
a relation (a GRANT, a label of an enum, a function). An ordinary role may read all of these.

A COMMIT by the migration itself would be too late to notice. So a row is written first whose foreign key is checked at
COMMIT and does not hold; the hub deletes it before its own. The database itself then refuses every other one, whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from hub_hookspecs import uuid7
from sqlalchemy import Connection, TextClause, delete, insert
from sqlalchemy.exc import DBAPIError

from ...database import TableOwners
from ...registry import fuses
from ..source import MigrationSource
from .catalogue import BEGIN, CHANGED, LOCKED, NAMES, NAMES_OF, STILL, USED, WRITTEN, Named, Names
from .violations import OwnershipViolated, Statements, whose

FUSE: Final = "fk_hub_fuse_holds"
_ENDED: Final = "ends the hub's transaction itself, by COMMIT, ROLLBACK or SET CONSTRAINTS ALL IMMEDIATE"
_NAMED_BY: Final = {
    "pg_class": "relation",
    "pg_type": "type",
    "pg_proc": "function",
    "pg_namespace": "schema",
    "pg_collation": "collation",
    "pg_ts_config": "text search configuration",
    "pg_ts_dict": "text search dictionary",
}


class PostgresqlGuard:
    """Watches one migration; entered after the transaction began, left before COMMIT."""

    def __init__(
        self, connection: Connection, source: MigrationSource, owners: TableOwners, names: Names | None = None
    ) -> None:
        self._connection, self._source, self._owners = connection, source, owners
        self._names: Names = {} if names is None else names
        self._statements = Statements()
        self._violations: list[str] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Let the block run, then hold what it did against ownership.

        :raises OwnershipViolated: the transaction has to be rolled back, or was already.
        """
        xid, schema = self._connection.execute(BEGIN).one()
        fuse = uuid7().hex
        self._connection.execute(insert(fuses).values(id=fuse, holds="nothing"))
        self._schema = self._source.schema or schema
        if not self._names:
            self._names.update(self._found(NAMES))
        try:
            with self._statements.heard(self._connection):
                yield
        except DBAPIError as error:
            if getattr(getattr(error.orig, "diag", None), "constraint_name", None) == FUSE:
                raise OwnershipViolated(self._source, [f"it {_ENDED}{self._statements.last()}"]) from error
            raise
        if not self._connection.scalar(STILL, {"xid": xid, "fuse": fuse}):
            raise OwnershipViolated(self._source, [f"it {_ENDED}"])
        self._judge(int(xid))
        if self._violations:
            raise OwnershipViolated(self._source, self._violations)
        self._connection.execute(delete(fuses).where(fuses.c.id == fuse))

    def _judge(self, xid: int) -> None:
        locked = [(catalog, oid) for catalog, oid in self._connection.execute(LOCKED)]
        written = {row.relid: row for row in self._connection.execute(WRITTEN)}
        after = self._found(NAMES_OF, oids=[oid for _, oid in locked])
        for key in locked:
            was, became = self._names.pop(key, None), after.get(key)
            if became is not None:
                self._names[key] = became
            for named in dict.fromkeys(filter(None, (was, became))):
                if not self._is_own(named):
                    self._accuse(_did(was, became, written.get(key[1])), named)
        for catalog, name, schema in self._connection.execute(CHANGED, {"xid": xid}):
            named = Named(catalog, name, schema)
            if catalog not in _NAMED_BY:
                self._violations.append(f"it changes a {catalog} ({name}), which is not a module's to change")
            elif not self._is_own(named):
                self._accuse("changes", named)
        for catalog, name, schema in self._connection.execute(USED, {"xid": xid}):
            named = Named(catalog, name, schema)
            if self._owners.owner(named.name.lstrip("_")) not in (None, self._source.module):
                self._accuse("ties something of its own to", named)

    def _is_own(self, named: Named) -> bool:
        if named.schema.startswith("pg_") or (named.catalog, named.name) == ("pg_class", fuses.name):
            return True
        if named.catalog == "pg_namespace":
            return named.name == self._source.schema
        # an array type has the name of its element behind an underscore
        name = named.name.lstrip("_") if named.catalog == "pg_type" else named.name
        return named.schema == self._schema and self._owners.owner(name) == self._source.module

    def _accuse(self, did: str, named: Named) -> None:
        if any(f" {named.name}," in violation for violation in self._violations):
            return
        what = _NAMED_BY[named.catalog]
        where = whose(self._owners, named.name)
        if self._owners.owner(named.name) == self._source.module:
            where = f"which lies in the schema {named.schema} and not in {self._schema}"
        self._violations.append(f"it {did} the {what} {named.name}, {where}{self._statements.about(named.name)}")

    def _found(self, query: TextClause, **parameters: object) -> Names:
        rows = self._connection.execute(query, parameters)
        return {(row.catalog, row.oid): Named(row.catalog, row.name, row.schema) for row in rows}


def _did(was: Named | None, became: Named | None, written: Any) -> str:
    if was is None:
        return "makes"
    if became is None:
        return "drops"
    if was != became:
        return "renames"
    if written is not None:
        counts = {"inserts": written.inserted, "updates": written.updated, "deletes": written.deleted}
        told = " and ".join(f"{does} {count}" for does, count in counts.items() if count)
        return f"{told} row{'s' if told[-2:] != ' 1' else ''} of"
    return "changes or locks"
