"""All that a database holds, taken apart by owner: schema, rows, version table, and what the hub records of the module.

SQLite keeps the text of CREATE TABLE, and Alembic writes the constraints of a rewritten table in any order: its lines are
sorted. What differs from one run of the same operation to the next is left out: moments, durations and ids of the journal, the
text of tokens, and where sequences stand (PostgreSQL counts them outside of transactions; gaps are no loss).
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

Dump = dict[str, list[tuple[Any, ...]]]
"""What each owner has, by its name: a module, ``hub`` for the core's schema, ``wishes`` for what is wanted."""
_Query = Callable[[str], Iterable[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Kind and outcome of each operation, the steps of all, and the environment that the generation names."""

    operations: tuple[tuple[str, str], ...] = ()
    steps: tuple[tuple[str, ...], ...] = ()
    environment: str | None = None

    @property
    def open(self) -> tuple[str, ...]:
        """The kinds of those that came to no end."""
        return tuple(kind for kind, outcome in self.operations if outcome in ("open", "committed"))


LEFT_OUT: Final = {"id", "at", "recorded_at", "applied_at", "duration_ms", "since", "made_at", "operation"}
BY_MODULE: Final = {"hub_module": "name", "hub_migration": "module", "hub_table": "module", "hub_seed": "module"}
"""The core's tables whose rows are written in the transaction of the module they are about."""
WISHES: Final = ("hub_wish", "hub_document")

SQLITE_SCHEMA: Final = "SELECT tbl_name, type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
POSTGRESQL_SCHEMA: Final = """
    WITH here AS (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'hub_subject'))
    SELECT coalesce(i.indrelid::regclass, c.oid::regclass)::text, 'relation', c.relname::text, c.relkind::text,
           coalesce(pg_get_indexdef(c.oid), ''), coalesce(c.relacl::text, ''),
           c.relowner::regrole || ' ' || c.relnamespace::regnamespace
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relnamespace IN (SELECT oid FROM here)
    UNION ALL
    SELECT a.attrelid::regclass::text, 'column', a.attname::text, a.attnum::text,
           format_type(a.atttypid, a.atttypmod), a.attnotnull::text, coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace IN (SELECT oid FROM here) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT conrelid::regclass::text, 'constraint', conname::text, pg_get_constraintdef(oid), convalidated::text, '', ''
    FROM pg_constraint WHERE connamespace IN (SELECT oid FROM here) AND conrelid <> 0
    UNION ALL
    SELECT t.typname::text, 'type', t.typname::text, t.typtype::text,
           coalesce((SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), ''),
           coalesce(t.typacl::text, ''), ''
    FROM pg_type t WHERE t.typnamespace IN (SELECT oid FROM here) AND t.typtype <> 'c' AND t.typelem = 0
    UNION ALL
    SELECT seqrelid::regclass::text, 'sequence', seqtypid::regtype::text, seqstart::text, seqincrement::text, '', ''
    FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid WHERE relnamespace IN (SELECT oid FROM here)
    UNION ALL
    SELECT tgrelid::regclass::text, 'trigger', tgname::text, pg_get_triggerdef(oid), '', '', ''
    FROM pg_trigger WHERE NOT tgisinternal
"""


def sqlite_dump(path: Path, copies: Path) -> Dump:
    """From a copy, so that what opens the file next has to recover it by itself; nothing for a file that is not there."""
    if not path.exists():
        return {}
    with _sqlite_copy(path, copies) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return _dumped(connection.execute, SQLITE_SCHEMA)


def sqlite_journal(path: Path, copies: Path) -> Journal:
    """From a copy as well."""
    with _sqlite_copy(path, copies) as connection:
        return _journal(connection.execute)


@contextmanager
def _sqlite_copy(path: Path, copies: Path) -> Iterator[sqlite3.Connection]:
    for suffix in ("", "-wal", "-shm"):
        copy = copies / f"dumped.db{suffix}"
        copy.unlink(missing_ok=True)
        beside = path.with_name(path.name + suffix)
        if suffix != "-shm" and beside.exists():
            copy.write_bytes(beside.read_bytes())
    connection = sqlite3.connect(copies / "dumped.db")
    try:
        yield connection
    finally:
        connection.close()


def postgresql_dump(url: str) -> Dump:
    """From one snapshot."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SET LOCAL search_path = public, hub_subject")  # so that names are the same wherever it lies
        return _dumped(lambda statement: connection.execute(statement.encode()), POSTGRESQL_SCHEMA)


def postgresql_journal(url: str) -> Journal:
    """What the journal says, and the generation."""
    with psycopg.connect(url) as connection:
        return _journal(lambda statement: connection.execute(statement.encode()))


def _journal(query: _Query) -> Journal:
    try:
        operations = query("SELECT kind, coalesce(outcome, 'open') FROM hub_operation ORDER BY number")
        told = tuple((str(kind), str(outcome)) for kind, outcome in operations)
        steps = query(
            "SELECT number, kind, module, outcome, backup IS NULL FROM hub_operation_step ORDER BY at, number"
        )
        done = tuple(tuple(map(str, row)) for row in steps)
        environment = next(iter(query("SELECT environment FROM hub_generation")), (None,))[0]
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):  # killed before the core was migrated
        return Journal()
    return Journal(operations=told, steps=done, environment=environment)


def _dumped(query: _Query, schema: str) -> Dump:
    found: Dump = {}
    tables = set()
    for table, *about in query(schema):
        about[-1] = ", ".join(sorted(about[-1].split(", \n"))) if about[-1] else about[-1]
        found.setdefault(_owner(table), []).append((table, *about))
        if about[0] in ("table", "relation") and about[0 if about[0] == "table" else 2] in ("table", "r", "p"):
            tables.add(table)
    for table in sorted(tables):
        for row in _rows(query, table):
            _put(found, table, row)
    return {owner: sorted(rows, key=repr) for owner, rows in found.items()}


def with_core_as_it_is(found: Dump) -> Dump:
    """The same, and of the core's schema what it is, not how it came to be: its tables went there, back, and there again."""
    told = [row for row in found.get("hub", ()) if row[0] != "hub_migration"]
    return {**found, "hub": sorted(map(_without_history, told), key=repr)}


def _without_history(row: tuple[Any, ...]) -> tuple[Any, ...]:
    match row:
        case (table, "column", name, _, *rest):
            return (table, "column", name, *rest)
        case (table, "table", name, str(text)):
            return (table, "table", name, *sorted(re.findall(r"\w+", text)))
    return row


def _rows(query: _Query, table: str) -> list[Mapping[str, Any]]:
    answer: Any = query(f'SELECT * FROM "{table}"')
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _put(found: Dump, table: str, row: Mapping[str, Any]) -> None:
    told = tuple((name, str(value)) for name, value in row.items() if name not in LEFT_OUT)
    if table in BY_MODULE:
        if row.get("outcome", "done") == "done":
            owner = str(row[BY_MODULE[table]])
            found.setdefault("hub" if owner == "hub" else owner, []).append((table, told))
    elif table in WISHES:
        found.setdefault("wishes", []).append((table, told))
    elif table == "hub_alembic_version" or not table.startswith("hub_"):
        found.setdefault(_owner(table), []).append((table, tuple((name, str(value)) for name, value in row.items())))


def _owner(table: str) -> str:
    return table.split("_")[0]
