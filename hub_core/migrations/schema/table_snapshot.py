"""What a database says its tables are, as texts that can be compared: the models made and the revisions made alike.

Both sides of a comparison are read from a database of one kind. So what the database makes of a text (PostgreSQL writes
the expression of a check anew, SQLite keeps it) happens to both, and no difference is one of spelling.
"""

import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import NoSuchTableError, SAWarning

_COLUMNS: Final = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
           a.attgenerated::text, a.attidentity::text
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = :table AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_CONSTRAINTS: Final = """
    SELECT conname::text, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = :table AND contype IN ('p', 'u', 'f', 'c', 'x')"""
_INDEXES: Final = """
    SELECT c.relname::text, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = :table AND NOT EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = i.indexrelid)"""
_ENUMS: Final = """
    SELECT t.typname::text, e.enumlabel::text FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
    WHERE t.typnamespace = current_schema()::regnamespace ORDER BY t.typname, e.enumsortorder"""
_KINDS: Final = {"p": "primary_key", "u": "unique", "f": "foreign_key", "c": "check", "x": "exclusion"}
_CAST: Final = re.compile(r"::(?:character varying|timestamp with(?:out)? time zone|[a-z_][\w.]*)(?:\(\d+\))?(?:\[\])*")
_LITERAL: Final = re.compile(r"('(?:[^']|'')*')")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShape:
    """One column: its type as the database writes it, whether it may be NULL, its default, and how it is computed."""

    type: str
    nullable: bool
    default: str | None = None
    computed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """Columns by name; constraints and indexes by kind and name, or by their text where they have no name."""

    columns: Mapping[str, ColumnShape]
    parts: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The tables of one module, and on PostgreSQL the enumerations that their columns use."""

    tables: Mapping[str, TableShape] = field(default_factory=dict)
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def table_names(connection: Connection) -> list[str]:
    """The tables where unqualified names lead to, by name."""
    if connection.dialect.name == "postgresql":
        found = connection.scalars(
            text(
                "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') "
                "AND relnamespace = current_schema()::regnamespace ORDER BY 1"
            )
        )
    else:
        found = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"))
    return [name for name in found if not name.startswith("sqlite_")]


def snapshot(connection: Connection, tables: Collection[str]) -> Snapshot:
    """Read ``tables``, and nothing of any other."""
    if connection.dialect.name == "sqlite":
        return Snapshot(tables={name: _sqlite_table(connection, name) for name in tables})
    shapes = {name: _postgresql_table(connection, name) for name in tables}
    used = {column.type.removesuffix("[]") for shape in shapes.values() for column in shape.columns.values()}
    labels: dict[str, tuple[str, ...]] = {}
    for name, label in connection.execute(text(_ENUMS)):
        if name in used or f'"{name}"' in used:
            labels[name] = (*labels.get(name, ()), label)
    return Snapshot(tables=shapes, enums=labels)


def _postgresql_table(connection: Connection, name: str) -> TableShape:
    oid = connection.scalar(text("SELECT to_regclass(quote_ident(:name))::oid"), {"name": name})
    if oid is None:
        raise NoSuchTableError(name)
    columns = {}
    for column, kind, nullable, expression, generated, identity in connection.execute(text(_COLUMNS), {"table": oid}):
        computed = f"{generated}: {expression}" if generated else f"identity {identity}" if identity else None
        columns[column] = ColumnShape(
            type=kind, nullable=nullable, default=None if generated else _number(_plain(expression)), computed=computed
        )
    parts = {
        (_KINDS[kind], constraint): _plain(told) or ""
        for constraint, kind, told in connection.execute(text(_CONSTRAINTS), {"table": oid})
    }
    for index, told in connection.execute(text(_INDEXES), {"table": oid}):
        unique = "UNIQUE " if told.startswith("CREATE UNIQUE") else ""
        parts["index", index] = _plain(unique + told.partition(" USING ")[2]) or ""
    return TableShape(columns=columns, parts=parts)


def _number(default: str | None) -> str | None:
    """A default without quotes around a number, which PostgreSQL adds when it changes the type of a column."""
    return default if default is None or not re.fullmatch(r"'-?\d+(\.\d+)?'", default) else default[1:-1]


def _plain(expression: str | None) -> str | None:
    """An expression of PostgreSQL without the casts it adds, which depend on the type a column had when it was made."""
    if expression is None:
        return None
    parts = _LITERAL.split(expression)  # every second one is a text in quotes, which stays as it is
    plain = "".join(part if number % 2 else _CAST.sub("", part) for number, part in enumerate(parts))
    before = ""
    while plain != before:
        before, plain = plain, re.sub(r"(?<![\w\"])\(([\w\"]+|'(?:[^']|'')*')\)", r"\1", plain)
        plain = re.sub(r"\(\(([^()]*)\)\)", r"(\1)", plain)
    return re.sub(r"= ANY \(\(?ARRAY\[(.*?)\]\)?\)", r"IN (\1)", plain)


def _sqlite_table(connection: Connection, name: str) -> TableShape:
    columns = {}
    for row in connection.execute(text("SELECT * FROM pragma_table_xinfo(:name)"), {"name": name}).mappings():
        columns[row["name"]] = ColumnShape(
            type=row["type"].upper(),
            nullable=not (row["notnull"] or row["pk"]),
            default=_unwrapped(row["dflt_value"]),
            computed=_computed(connection, name, row["name"]) if row["hidden"] in (2, 3) else None,
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of indexes of expressions, whose statements are read below
        parts = _sqlite_parts(connection, name)
    return TableShape(columns=columns, parts=dict(parts))


def _computed(connection: Connection, table: str, column: str) -> str:
    found = {each["name"]: each.get("computed") for each in inspect(connection).get_columns(table)}[column]
    return _spaced(found["sqltext"]) if found else "computed"


def _sqlite_parts(connection: Connection, name: str) -> list[tuple[tuple[str, str], str]]:
    inspector = inspect(connection)
    found: list[tuple[str, str | None, str]] = []
    key = inspector.get_pk_constraint(name)
    if key["constrained_columns"]:
        found.append(("primary_key", key["name"], _listed(key["constrained_columns"])))
    uniques, checks = inspector.get_unique_constraints(name), inspector.get_check_constraints(name)
    found += [("unique", each["name"], _listed(each["column_names"])) for each in uniques]
    found += [("check", each["name"], _spaced(_unquoted(each["sqltext"]))) for each in checks]
    found += [("foreign_key", each["name"], _reference(each)) for each in inspector.get_foreign_keys(name)]
    statement = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :name AND sql IS NOT NULL"
    for index, sql in connection.execute(text(statement), {"name": name}):
        unique_index = "UNIQUE " if re.match(r"CREATE\s+UNIQUE", sql, re.IGNORECASE) else ""
        found.append(("index", index, unique_index + _spaced(_unquoted(sql[sql.index("(") :]))))
    return [((kind, given or told), told) for kind, given, told in found]


def _reference(foreign: Any) -> str:
    options = "".join(f" {key} {value}" for key, value in sorted(foreign.get("options", {}).items()))
    columns, referred = _listed(foreign["constrained_columns"]), _listed(foreign["referred_columns"])
    return f"{columns} → {foreign['referred_table']} {referred}{options}"


def _listed(names: Collection[str | None]) -> str:
    return f"({', '.join(map(str, names))})"


def _spaced(expression: str) -> str:
    return " ".join(expression.split())


def _unquoted(expression: str) -> str:
    return re.sub(r'"(\w+)"', r"\1", expression)


def _unwrapped(expression: str | None) -> str | None:
    """A default without the parentheses that SQLite asks around an expression, and a rewritten table adds."""
    while expression is not None and re.fullmatch(r"\([^()]*(\([^()]*\)[^()]*)*\)", expression):
        expression = expression[1:-1].strip()
    return expression
