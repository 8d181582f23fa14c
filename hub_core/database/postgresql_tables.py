"""Read, remove and fill tables on PostgreSQL, over a driver's own connection and inside its transaction.

An ordinary role that owns the tables can do all of this. Foreign keys and triggers are taken away while tables are
filled and put back afterwards: rows may then refer to themselves and to each other, in any order.
"""

# ruff: noqa: S608 - names cannot be bound; every one is quoted

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from .archive.json_rows import Row
from .backup_content import TableContent
from .sqlite_tables import quoted
from .table_archive import Rows, digest_of

if TYPE_CHECKING:
    import psycopg

SAME_TEXT: Final = {
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "synchronize_seqscans": "off",
    "statement_timeout": "0",
    "row_security": "off",
    "client_encoding": "UTF8",
}
"""So that one row is the same text in every session, rows keep their order, and a policy that hides some is an error."""

_TABLES: Final = """
    SELECT c.relname::text FROM pg_class c
    WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
_WITH_PARTS: Final = """
    SELECT c.relname::text, root.relname::text FROM pg_class c LEFT JOIN pg_class root ON root.oid = pg_partition_root(c.oid)
    WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
"""
_COLUMNS: Final = """
    SELECT a.attname::text FROM pg_attribute a
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum
"""
_TYPES: Final = """
    SELECT a.attname::text, CASE WHEN b.typtype = 'e' THEN 'enum ' || b.typname
        ELSE format_type(b.oid, CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END) END
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
_OWNED_SEQUENCES: Final = """
    SELECT s.oid::regclass::text, t.relname::text, a.attname::text
    FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND t.relnamespace = %s::regnamespace AND t.relname = ANY(%s) ORDER BY a.attnum DESC
"""
_AS_THEY_ARE: Final = {"smallint", "integer", "bigint", "boolean"}
"""Types whose text is JSON."""
_SEQUENCES: Final = """
    SELECT c.relname::text, owner.relname::text FROM pg_class c
    LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_class owner ON owner.oid = d.refobjid
    WHERE c.relkind = 'S' AND c.relnamespace = %s::regnamespace ORDER BY 1
"""
_FOREIGN_KEYS: Final = """
    SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype = 'f' AND conparentid = 0 ORDER BY conname
"""
_TRIGGERS: Final = (
    "SELECT tgname::text FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'"
)
_OTHERS: Final = {
    "MATERIALIZED VIEW": "SELECT relname::text, oid::bigint FROM pg_class WHERE relkind = 'm' AND relnamespace = %s::regnamespace",
    "VIEW": "SELECT relname::text, oid::bigint FROM pg_class WHERE relkind = 'v' AND relnamespace = %s::regnamespace",
    "TYPE": """
        SELECT t.typname::text, t.oid::bigint FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typnamespace = %s::regnamespace AND t.typtype IN ('e', 'd', 'c', 'r')
        AND (c.oid IS NULL OR c.relkind = 'c')
    """,
    "ROUTINE": "SELECT proname::text, oid::bigint FROM pg_proc WHERE pronamespace = %s::regnamespace",
}

_RELATIONS: Final = """
    SELECT c.oid::bigint, c.relname::text, root.relname::text FROM pg_class c
    LEFT JOIN pg_class root ON root.oid = pg_partition_root(c.oid)
    WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c')
"""
_NEEDING: Final = """
    SELECT DISTINCT CASE WHEN d.classid = 'pg_rewrite'::regclass
            THEN pg_describe_object('pg_class'::regclass, w.ev_class, 0)
            ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END
        || ' depends on ' || pg_describe_object(d.refclassid, d.refobjid, 0)
    FROM pg_depend d
    LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
    LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
    LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
    LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
    LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
    LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
    WHERE d.deptype = 'n' AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY(%s::oid[])
        OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN
            (SELECT oid FROM pg_type WHERE oid = ANY(%s::oid[]) OR typelem = ANY(%s::oid[]) OR typrelid = ANY(%s::oid[]))
        OR d.refclassid = 'pg_proc'::regclass AND d.refobjid = ANY(%s::oid[]))
    AND NOT coalesce(w.ev_class, nullif(k.conrelid, 0), a.adrelid, t.tgrelid, p.polrelid, i.indrelid, c.oid, 0)
        = ANY(%s::oid[])
    AND NOT (d.classid IN ('pg_type'::regclass, 'pg_proc'::regclass) AND d.objid = ANY(%s::oid[]))
    AND NOT coalesce(k.contypid, 0) = ANY(%s::oid[])
    ORDER BY 1
"""
"""What depends on relations, types or routines and is on, or is, none of them: as the server names it when it refuses to drop."""


class PostgresqlTables:
    """The tables of one schema, by default the one that new tables are made in."""

    def __init__(self, driver: "psycopg.Connection[Any]", schema: str | None = None) -> None:
        self.driver = driver
        for name, value in SAME_TEXT.items():
            self._run("SELECT set_config(%s, %s, true)", name, value)
        self.schema = schema or str(self._all("SELECT current_schema()")[0][0])

    def names(self) -> list[str]:
        """Every table, a partitioned one without its parts; none where there is no such schema."""
        if not self._all("SELECT 1 FROM pg_namespace WHERE nspname = %s", self.schema):
            return []
        return [name for (name,) in self._all(_TABLES, quoted(self.schema))]

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns that are stored, without computed ones."""
        return tuple(name for (name,) in self._all(_COLUMNS, self._named(table)))

    def types(self, table: str, columns: Sequence[str]) -> tuple[str, ...]:
        """The types of ``columns``: of a domain its own, of an enumeration ``enum`` and its name."""
        types = dict(self._all(_TYPES, self._named(table)))
        return tuple(types[column] for column in columns)

    def has_rows(self, table: str) -> bool:
        """Whether there is any."""
        return bool(self._all(f"SELECT 1 FROM {self._named(table)} LIMIT 1"))

    def count(self, table: str) -> int:
        """How many rows there are."""
        return int(self._all(f"SELECT count(*) FROM {self._named(table)}")[0][0])

    @contextmanager
    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Iterable[bytes]]:
        """Yield the text of all rows, one by one, in the order they are stored; who stops early cancels the rest."""
        with (
            self.driver.cursor() as cursor,
            cursor.copy(f"COPY (SELECT {_list(columns)} FROM {self._named(table)}) TO STDOUT") as copy,
        ):
            yield map(bytes, copy)

    @contextmanager
    def lines(self, table: str, columns: Sequence[str], types: Sequence[str]) -> Iterator[Rows]:
        """Yield all rows as JSON lines, in the order they are stored; the server writes them."""
        texts = (
            f"{quoted(column)}::text" if declared in _AS_THEY_ARE else f"to_json({quoted(column)}::text)::text"
            for column, declared in zip(columns, types, strict=True)
        )
        row = " || ',' || ".join(f"coalesce({text}, 'null')" for text in texts) or "''"
        # JSON has no raw control characters, so this CSV has nothing to quote: each row is its line
        form = "(FORMAT csv, QUOTE e'\x01', DELIMITER e'\x02')"
        with (
            self.driver.cursor() as cursor,
            cursor.copy(f"COPY (SELECT '[' || {row} || ']' FROM {self._named(table)}) TO STDOUT {form}") as copy,
        ):
            yield map(bytes, copy)

    def lines_content(self, table: str, columns: Sequence[str]) -> TableContent:
        """Count and hash these lines."""
        types = self.types(table, columns)
        with self.lines(table, columns, types) as each:
            return replace(digest_of(table, columns, each), types=types)

    def content(self, table: str, columns: Sequence[str] | None = None) -> TableContent:
        """Count and hash all rows."""
        columns = tuple(columns or self.columns(table))
        with self.rows(table, columns) as rows:
            return digest_of(table, columns, rows)

    def sequences(self, tables: Iterable[str], is_own: Callable[[str], bool]) -> dict[str, tuple[int, bool]]:
        """Last value, and whether it was given out, of every sequence of ``tables`` and those called like them."""
        tables = set(tables)
        names = [
            name
            for name, owner in self._all(_SEQUENCES, quoted(self.schema))
            if owner in tables or (not owner and is_own(name))
        ]
        return {name: self._all(f"SELECT last_value, is_called FROM {self._named(name)}")[0] for name in names}

    def set_sequences(self, sequences: Mapping[str, tuple[int, bool]]) -> None:
        """Go on counting from there."""
        for name, (last, called) in sequences.items():
            self._run("SELECT setval(%s::regclass, %s, %s)", self._named(name), last, called)

    def counters(self, tables: Iterable[str]) -> dict[str, int]:
        """The last number that each of ``tables`` gave out; of several sequences that of the first column."""
        last: dict[str, int] = {}
        for sequence, table, _ in self._all(_OWNED_SEQUENCES, quoted(self.schema), list(tables)):
            [(value, is_called)] = self._all(f"SELECT last_value, is_called FROM {sequence}")
            last |= {table: value} if is_called else {}
        return last

    def set_counters(self, counters: Mapping[str, int], tables: Iterable[str]) -> None:
        """Give out higher numbers than these, and than there are."""
        for sequence, table, column in self._all(_OWNED_SEQUENCES, quoted(self.schema), list(tables)):
            statement = f"SELECT setval(%s::regclass, n) FROM (SELECT greatest(max({quoted(column)}), %s) FROM {self._named(table)}) AS m (n) WHERE n > 0"
            self._run(statement, sequence, counters.get(table))

    def drop(self, is_own: Callable[[str], bool]) -> None:
        """Remove all that is the module's: views, tables, types, functions, sequences.

        What belongs to nobody and needs one of them is not removed: the database refuses and names it.
        """
        if not self._all("SELECT 1 FROM pg_namespace WHERE nspname = %s", self.schema):
            return
        views = [
            (oid, name, kind) for kind in ("MATERIALIZED VIEW", "VIEW") for name, oid in self._others(kind, is_own)
        ]
        for _, name, kind in sorted(views, reverse=True):  # the later one may need the earlier one
            self._run(f"DROP {kind} {self._named(name)}")
        if tables := [self._named(name) for name in self.names() if is_own(name)]:
            self._run(f"DROP TABLE {', '.join(tables)}")
        others = [(oid, name, kind) for kind in ("TYPE", "ROUTINE") for name, oid in self._others(kind, is_own)]
        for oid, name, kind in sorted(others, reverse=True):
            routine = kind == "ROUTINE" and self._all("SELECT %s::oid::regprocedure::text", oid)[0][0]
            self._run(f"DROP {kind} {routine or self._named(name)}")
        for name, owner in self._all(_SEQUENCES, quoted(self.schema)):
            if not owner and is_own(name):
                self._run(f"DROP SEQUENCE {self._named(name)}")

    def needing(self, is_own: Callable[[str], bool], schemas: Iterable[str]) -> list[str]:
        """What keeps :meth:`drop` from removing all that is own in ``schemas``, one sentence each. Locks no table."""
        relations, types, routines = list[int](), list[int](), list[int]()
        for place in (PostgresqlTables(self.driver, schema) for schema in schemas):
            if self._all("SELECT 1 FROM pg_namespace WHERE nspname = %s", place.schema):
                found = self._all(_RELATIONS, quoted(place.schema))
                relations += [oid for oid, name, root in found if is_own(root or name)]
                types += [oid for _, oid in place._others("TYPE", is_own)]
                routines += [oid for _, oid in place._others("ROUTINE", is_own)]
        own = (relations, types, types, relations, routines)
        return [said for (said,) in self._all(_NEEDING, *own, relations, [*types, *routines], types)]

    def move(self, is_own: Callable[[str], bool], schema: str) -> None:
        """Put all that is the module's into another schema of the database, which is there. Nothing is copied.

        Indexes, constraints and owned sequences go with their tables; what refers to any of it goes on doing so.
        """
        target = quoted(schema)
        for name, root in self._all(_WITH_PARTS, quoted(self.schema)):
            if is_own(root or name):
                self._run(f"ALTER TABLE {self._named(name)} SET SCHEMA {target}")
        for kind in _OTHERS:
            for name, oid in self._others(kind, is_own):
                routine = kind == "ROUTINE" and self._all("SELECT %s::oid::regprocedure::text", oid)[0][0]
                self._run(f"ALTER {kind} {routine or self._named(name)} SET SCHEMA {target}")
        for name, owner in self._all(_SEQUENCES, quoted(self.schema)):
            if not owner and is_own(name):
                self._run(f"ALTER SEQUENCE {self._named(name)} SET SCHEMA {target}")

    @contextmanager
    def filling(self, tables: Sequence[str]) -> Iterator[None]:
        """Empty ``tables``, and do without their foreign keys and triggers during the block."""
        named = [self._named(table) for table in tables]
        self._run("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be pending when tables are altered
        keys = [(table, *key) for table in named for key in self._all(_FOREIGN_KEYS, table)]
        triggers = [(table, name) for table in named for (name,) in self._all(_TRIGGERS, table)]
        for table, name, _ in keys:
            self._run(f"ALTER TABLE {table} DROP CONSTRAINT {quoted(name)}")
        for table, name in triggers:
            self._run(f"ALTER TABLE {table} DISABLE TRIGGER {quoted(name)}")
        if named:
            self._run(f"TRUNCATE {', '.join(named)}")
        yield
        for table, name in triggers:
            self._run(f"ALTER TABLE {table} ENABLE TRIGGER {quoted(name)}")
        for table, name, definition in keys:
            self._run(f"ALTER TABLE {table} ADD CONSTRAINT {quoted(name)} {definition}")

    @contextmanager
    def taking(self, table: str, columns: Sequence[str]) -> "Iterator[Callable[[bytes], object]]":
        """Yield what writes pieces of the text that :meth:`rows` gave."""
        with (
            self.driver.cursor() as cursor,
            cursor.copy(f"COPY {self._named(table)} ({_list(columns)}) FROM STDIN") as copy,
        ):
            yield copy.write

    @contextmanager
    def writing(self, table: str, columns: Sequence[str]) -> "Iterator[Callable[[Iterable[Row]], object]]":
        """Yield what inserts rows: numbers and booleans as such, anything else as the text of its type."""
        with (
            self.driver.cursor() as cursor,
            cursor.copy(f"COPY {self._named(table)} ({_list(columns)}) FROM STDIN") as copy,
        ):

            def write(rows: Iterable[Row]) -> None:
                for row in rows:
                    copy.write_row(row)

            yield write

    def _others(self, kind: str, is_own: Callable[[str], bool]) -> list[tuple[str, int]]:
        return [(name, oid) for name, oid in self._all(_OTHERS[kind], quoted(self.schema)) if is_own(name)]

    def _named(self, name: str) -> str:
        return f"{quoted(self.schema)}.{quoted(name)}"

    def _run(self, statement: str, *values: object) -> None:
        self.driver.execute(statement, values or None)

    def _all(self, statement: str, *values: object) -> list[Any]:
        return self.driver.execute(statement, values or None).fetchall()


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))
