"""Hold a migration to its module's tables on SQLite: the authorizer refuses what is not, before it is done.

SQLite asks it while a statement is prepared, whoever prepares it: SQLAlchemy, a driver's cursor, a trigger. What only
the result shows, such as the new name of a renamed table, is seen by comparing the schema before and after.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from sqlalchemy import Connection

from ...database import TableOwners
from ..source import MigrationSource
from .violations import OwnershipViolated, Statements, whose

_TABLE_IS_FIRST: Final = {
    sqlite3.SQLITE_CREATE_TABLE: "creates the table",
    sqlite3.SQLITE_CREATE_VTABLE: "creates the table",
    sqlite3.SQLITE_CREATE_VIEW: "creates the view",
    sqlite3.SQLITE_DROP_TABLE: "drops the table",
    sqlite3.SQLITE_DROP_VTABLE: "drops the table",
    sqlite3.SQLITE_DROP_VIEW: "drops the view",
    sqlite3.SQLITE_INSERT: "writes rows of",
    sqlite3.SQLITE_UPDATE: "changes rows of",
    sqlite3.SQLITE_DELETE: "deletes rows of",
}
_TABLE_IS_SECOND: Final = {
    sqlite3.SQLITE_ALTER_TABLE: "alters the table",
    sqlite3.SQLITE_CREATE_INDEX: "makes an index on",
    sqlite3.SQLITE_DROP_INDEX: "drops an index of",
    sqlite3.SQLITE_CREATE_TRIGGER: "makes a trigger on",
    sqlite3.SQLITE_DROP_TRIGGER: "drops a trigger of",
}
_READING_PRAGMAS: Final = frozenset(
    [
        "table_info",
        "table_xinfo",
        "table_list",
        "index_list",
        "index_info",
        "index_xinfo",
        "foreign_key_list",
        "foreign_key_check",
        "foreign_keys",
        "defer_foreign_keys",
        "database_list",
        "collation_list",
        "function_list",
        "compile_options",
        "data_version",
        "encoding",
        "integrity_check",
        "quick_check",
        "legacy_alter_table",
        "recursive_triggers",
        "page_count",
        "page_size",
        "freelist_count",
        "optimize",
    ]
)
"""What may be asked, and the few switches that hold for this connection only."""
_WORD: Final = re.compile(r"\w+")
_SCHEMA: Final = "SELECT type, name, tbl_name, sql FROM main.sqlite_master"


class SqliteGuard:
    """Watches one migration; entered after BEGIN, left before COMMIT."""

    def __init__(self, connection: Connection, source: MigrationSource, owners: TableOwners) -> None:
        self._connection, self._source, self._owners = connection, source, owners
        self._driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        self._statements = Statements()
        self._violations: list[str] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Refuse during the block what is not the module's.

        :raises OwnershipViolated: also when the migration swallowed the refusal.
        """
        before = self._schema()
        self._driver.set_authorizer(self._authorize)
        try:
            with self._statements.heard(self._connection):
                yield
        except Exception as error:
            if self._violations:
                raise OwnershipViolated(self._source, self._violations) from error
            raise
        finally:
            with suppress(sqlite3.ProgrammingError):  # it is closed, which is what the block ended with
                self._driver.set_authorizer(None)
        if not self._driver.in_transaction:
            self._violations.append("SQLite rolled its transaction back, and it did not end with that")
        else:
            self._compare(before, self._schema())
        if self._violations:
            raise OwnershipViolated(self._source, self._violations)

    def _authorize(self, action: int, one: str | None, two: str | None, database: str | None, by: str | None) -> int:
        if fault := self._fault(action, one or "", two or "", database or ""):
            self._violations.append(f"it {fault}{self._statements.last()}")
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def _fault(self, action: int, one: str, two: str, database: str) -> str:
        if not self._driver.in_transaction:
            # SQLite ended it by itself: ON CONFLICT ROLLBACK, RAISE(ROLLBACK), a full disk. What follows would be kept.
            return "goes on after SQLite rolled its transaction back"
        if action == sqlite3.SQLITE_TRANSACTION:
            return f"says {one} itself, which is the hub's to say"
        if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
            return f"{'attaches' if action == sqlite3.SQLITE_ATTACH else 'detaches'} another database"
        if action == sqlite3.SQLITE_PRAGMA:
            is_read = one.lower() in _READING_PRAGMAS
            return "" if is_read else f"sets PRAGMA {one}, which holds for the whole database"
        if database == "temp":
            return ""
        if action in _TABLE_IS_FIRST:
            return self._foreign(_TABLE_IS_FIRST[action], one)
        if action in _TABLE_IS_SECOND:
            return self._foreign(_TABLE_IS_SECOND[action], two)
        return ""

    def _foreign(self, does: str, table: str) -> str:
        # sqlite_master changes with every CREATE; writing it by hand needs a PRAGMA that is refused above
        if table.lower().startswith("sqlite_") or self._owners.owner(table) == self._source.module:
            return ""
        return f"{does} {table}, {whose(self._owners, table)}"

    def _compare(self, before: set[Any], after: set[Any]) -> None:
        for kind, name, table, _ in sorted(before ^ after, key=repr):
            owner = self._owners.owner(table)
            if owner == self._source.module or name.startswith("sqlite_"):
                continue
            did = "changes" if (kind, name) in {row[:2] for row in before & after} else "makes, renames or drops"
            self._violations.append(
                f"it {did} the {kind} {name}, {whose(self._owners, table)}{self._statements.about(name)}"
            )

        for kind, name, table, sql in sorted(after - before, key=repr):
            if self._owners.owner(table) == self._source.module:
                self._ties(kind, name, table, sql or "", {row[2] for row in after})

    def _ties(self, kind: str, name: str, table: str, sql: str, tables: set[str]) -> None:
        """What is made of another module's table keeps that module from changing it."""
        if kind == "table":
            used = {row[2] for row in self._driver.execute(f"SELECT * FROM pragma_foreign_key_list({_literal(table)})")}  # noqa: S608
        elif kind in ("view", "trigger"):
            used = tables & set(_WORD.findall(sql))
        else:
            return
        for other in sorted(used):
            if self._owners.owner(other) not in (None, self._source.module):
                self._violations.append(f"it ties the {kind} {name} to {other}, {whose(self._owners, other)}")

    def _schema(self) -> set[Any]:
        return set(self._driver.cursor().execute(_SCHEMA).fetchall())  # plain tuples: there may be thousands


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
