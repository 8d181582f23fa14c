"""The body of ``upgrade`` or ``downgrade``: the steps from the tables as they are declared before to those after.

They run on both kinds of database whichever they were found on. SQLite alters a table by rebuilding it, so alterations
stand in batches; on PostgreSQL an enumeration is a type of its own, which is made, changed and dropped beside the tables.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Enum, ForeignKeyConstraint, Index
from sqlalchemy.types import TypeEngine

from .comparing import PARTS, Difference
from .declared_tables import Declared, DeclaredColumn, DeclaredTable, native_enum
from .dialects import dialect
from .element_text import (
    add_constraint_text,
    column_text,
    create_index_text,
    create_table_lines,
    has_expressions,
    is_written,
)
from .type_text import default_text, is_generated, literal, name_text, type_text

ON_POSTGRESQL: Final = 'if op.get_bind().dialect.name == "postgresql":'
ON_SQLITE: Final = 'if op.get_bind().dialect.name == "sqlite":'
_NUMBERS: Final = {"SMALLINT", "INTEGER", "BIGINT", "NUMERIC", "REAL", "FLOAT", "DOUBLE PRECISION", "DECIMAL"}
_TEXTS: Final = {"VARCHAR", "TEXT", "CHAR", "CHARACTER"}
_TIMES: Final = {"DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP"}
_CONSTRAINTS: Final = tuple(kind for kind in PARTS if kind != "index")


def steps_text(before: Declared, after: Declared, differences: Iterable[Difference]) -> list[str]:
    """The lines of the body, without indentation; empty where nothing differs."""
    return list(_Steps(before, after, tuple(differences)).lines())


class _Steps:
    def __init__(self, before: Declared, after: Declared, differences: tuple[Difference, ...]) -> None:
        self._before, self._after, self._differences = before, after, differences
        self._new = [each.table for each in differences if each.kind == "table" and each.found is None]
        self._gone = [each.table for each in differences if each.kind == "table" and each.wanted is None]

    def lines(self) -> Iterator[str]:
        old, new = self._before.enums(), self._after.enums()
        touched = {each.table for each in self._differences}
        for name in sorted(new.keys() - old.keys()):
            if touched & _users(self._after, name).keys():
                yield f"{_whole(new[name])}.create(op.get_bind(), checkfirst=True)"
        for difference in self._differences:
            if difference.kind == "enum" and {difference.table} <= old.keys() & new.keys():
                yield from self._relabelled(old[difference.table], new[difference.table])
        yield from self._created()
        for table in sorted(touched - {*self._new, *self._gone}):
            if table in self._after.tables and table in self._before.tables:
                yield from _Alteration(self._before.tables[table], self._after.tables[table], self._of(table)).lines()
        yield from self._dropped()
        for name in sorted(old.keys() - new.keys()):
            if touched & _users(self._before, name).keys():
                yield f"{_whole(old[name])}.drop(op.get_bind(), checkfirst=True)"

    def _of(self, table: str) -> tuple[Difference, ...]:
        """The differences of one table, but for types that an enumeration's new labels bring with them."""
        return tuple(each for each in self._differences if each.table == table and not self._is_of_labels(each))

    def _is_of_labels(self, each: Difference) -> bool:
        if each.kind == "type":
            before, after = (side.tables[each.table].columns[each.name].type for side in (self._before, self._after))
            old, new = native_enum(before), native_enum(after)
            return old is not None and new is not None and old.name == new.name and list(old.enums) != list(new.enums)
        return each.kind == "enum"

    def _created(self) -> Iterator[str]:
        tables, later = _in_order(self._after, self._new)
        for table in tables:
            left_out = tuple(str(key.name) for name, key in later if name == table.name)
            yield from create_table_lines(table, without=left_out)
        for name, key in later:
            yield f"with op.batch_alter_table({literal(name)}) as {name}:"
            yield f"    {add_constraint_text(name, key)}"

    def _dropped(self) -> Iterator[str]:
        tables, later = _in_order(self._before, self._gone)
        for name, key in later:
            yield f"with op.batch_alter_table({literal(name)}) as {name}:"
            yield f'    {name}.drop_constraint({name_text(str(key.name))}, type_="foreignkey")'
        for table in reversed(tables):
            yield f"op.drop_table({literal(table.name)})"

    def _relabelled(self, old: Enum, new: Enum) -> Iterator[str]:
        """Change the labels of an enumeration: added where that is all, else by a new type in place of the old."""
        users = _users(self._before, str(old.name))
        later = _users(self._after, str(new.name))
        users = {table: [name for name in names if name in later.get(table, ())] for table, names in users.items()}
        users = {table: names for table, names in users.items() if names}
        yield ON_POSTGRESQL
        if _only_adds(old, new) and not self._uses_new_label(old, new):
            yield from (f"    {line}" for line in _added_labels(old, new))
        else:
            yield from (f"    {line}" for line in self._replaced(old, new, users))
        if users:
            yield "else:"
        for table, names in users.items():
            yield f"    with op.batch_alter_table({literal(table)}) as {table}:"
            for name in names:
                before, after = (each.tables[table].columns[name].type for each in (self._before, self._after))
                types = f"existing_type={type_text(before)}, type_={type_text(after)}"
                yield f"        {table}.alter_column({literal(name)}, {types})"

    def _uses_new_label(self, old: Enum, new: Enum) -> bool:
        """Whether a default names a label that PostgreSQL lets nobody use before the transaction ends."""
        added = set(new.enums) - set(old.enums)
        texts = [
            default_text(self._after.tables[table].columns[name].default)
            for table, names in _users(self._after, str(new.name)).items()
            for name in names
        ]
        return any(label in text for label in added for text in texts)

    def _replaced(self, old: Enum, new: Enum, users: dict[str, list[str]]) -> Iterator[str]:
        name, labels = _quote(str(new.name)), ", ".join(map(_quoted, new.enums))
        before = _quote(f"{new.name}_before")
        yield f"op.execute({literal(f'ALTER TYPE {name} RENAME TO {before}')})"
        yield f"op.execute({_sql(f'CREATE TYPE {name} AS ENUM ({labels})')})"
        for table, columns in users.items():
            for column in columns:
                declared = self._before.tables[table].columns[column]
                quoted = _quote(column)
                place = f"ALTER TABLE {_quote(table)} ALTER COLUMN {quoted}"
                if declared.default is not None:
                    yield f"op.execute({literal(f'{place} DROP DEFAULT')})"
                yield f"op.execute({literal(f'{place} TYPE {name} USING {quoted}::text::{name}')})"
                wanted = self._after.tables[table].columns.get(column, declared).default
                if declared.default is not None and wanted is not None:
                    yield f"op.alter_column({literal(table)}, {literal(column)}, server_default={default_text(wanted)})"
        yield f"op.execute({literal(f'DROP TYPE {before}')})"


class _Alteration:
    """One table: indexes that go, new columns, constraints that go, columns that change, new constraints, new indexes."""

    def __init__(self, before: DeclaredTable, after: DeclaredTable, differences: tuple[Difference, ...]) -> None:
        self._before, self._after, self._differences = before, after, differences
        self._table = after.name
        self._batch = after.name if after.name not in ("op", "sa", "postgresql", "sqlite") else "table"

    def lines(self) -> Iterator[str]:
        for name in self._parts("index", gone=True):
            known = self._before.index(name)
            yield f"op.drop_index({name_text(name if known is None else str(known.name))}, {literal(self._table)})"
        first, fills = self._first_columns()
        batch = [*self._constraints_gone(), *self._columns_added(), *self._columns_changed()]
        batch += [*self._constraints_new(), *self._columns_gone()]
        beside = self._indexes_of_expressions() if batch else []
        if beside:
            yield f"{ON_SQLITE}  # it rebuilds the table, and finds no index of expressions"
            yield from (f"    op.drop_index({name_text(str(each.name))}, {literal(self._table)})" for each in beside)
        yield from self._batched(first)
        yield from fills
        yield from self._batched(batch)
        if beside:
            yield ON_SQLITE
            yield from (f"    {create_index_text(each, self._table)}" for each in beside)
        for name in self._parts("index", gone=False):
            if (index := self._after.index(name)) is not None:
                yield create_index_text(index, self._table)

    def _batched(self, lines: list[str]) -> Iterator[str]:
        if lines:
            yield f"with op.batch_alter_table({literal(self._table)}) as {self._batch}:"
            yield from (f"    {line}" for line in lines)

    def _parts(self, *kinds: str, gone: bool) -> list[str]:
        found = [each for each in self._differences if each.kind in kinds]
        return [each.name for each in found if (each.found if gone else each.wanted) is not None]

    def _columns(self, *, gone: bool) -> list[str]:
        recomputed = [each.name for each in self._differences if each.kind == "computed"]
        return [*recomputed, *self._parts("column", gone=gone)]

    def _indexes_of_expressions(self) -> list[Index]:
        """Those that are there before and after."""
        changed = self._parts("index", gone=True)
        both = [index for name, index in self._after.indexes.items() if name in self._before.indexes]
        return [index for index in both if index.name not in changed and has_expressions(index)]

    def _first_columns(self) -> tuple[list[str], list[str]]:
        """New columns that rows from before have no value for yet, and what gives them one."""
        lines, fills = [], []
        for name in self._columns(gone=False):
            column = self._after.columns[name]
            if _needs_value(column):
                lines.append(f"{self._batch}.add_column({column_text(column, nullable=True)})")
                fills.append(self._fill(column))
        fills += [self._fill(self._after.columns[name], only_null=True) for name in self._now_required()]
        return lines, fills

    def _fill(self, column: DeclaredColumn, *, only_null: bool = False) -> str:
        if type(column.fill) in (str, bool, int, float):
            statement = ["UPDATE", _quote(self._table), "SET", _quote(column.name), "=", _value(column.fill)]
            statement += ["WHERE", _quote(column.name), "IS NULL"] if only_null else []
            return f"op.execute({_sql(' '.join(statement))})"
        return f"# Rows without a value for {column.name} need one here: the next step refuses them."

    def _now_required(self) -> list[str]:
        return [each.name for each in self._differences if each.kind == "nullable" and each.wanted == "not null"]

    def _columns_added(self) -> Iterator[str]:
        for name in self._columns(gone=False):
            column = self._after.columns[name]
            if _needs_value(column):
                kind = type_text(column.type)
                yield f"{self._batch}.alter_column({literal(name)}, existing_type={kind}, nullable=False)"
            else:
                yield f"{self._batch}.add_column({column_text(column)})"

    def _columns_gone(self) -> Iterator[str]:
        for name in self._columns(gone=True):
            if name not in self._columns(gone=False):
                yield f"{self._batch}.drop_column({literal(name)})"

    def _columns_changed(self) -> Iterator[str]:
        kinds = ("type", "nullable", "default")
        names = dict.fromkeys(each.name for each in self._differences if each.kind in kinds)
        for name in names:
            changed = {str(each.kind) for each in self._differences if each.name == name}
            yield from self._column_changed(name, changed)

    def _column_changed(self, name: str, changed: set[str]) -> Iterator[str]:
        old, new = self._before.columns[name], self._after.columns[name]
        using = "type" in changed and _needs_using(old.type, new.type)
        if using and old.default is not None:
            kind = type_text(old.type)
            yield f"{self._batch}.alter_column({literal(name)}, existing_type={kind}, server_default=None)"
        arguments = [literal(name), f"existing_type={type_text(old.type)}"]
        if "type" in changed:
            arguments.append(f"type_={type_text(new.type)}")
        if using:
            arguments.append(f"postgresql_using={literal(f'{_quote(name)}::{_postgresql(new.type)}')}")
        if "nullable" in changed:
            arguments.append(f"nullable={new.nullable}")
        if "default" in changed or (using and old.default is not None):
            arguments.append(f"server_default={default_text(new.default)}")
        yield f"{self._batch}.alter_column({', '.join(arguments)})"

    def _constraints_gone(self) -> Iterator[str]:
        for each in self._differences:
            if each.kind in _CONSTRAINTS and each.found is not None:
                kind = {"foreign_key": "foreignkey", "primary_key": "primary"}.get(each.kind, each.kind)
                known = self._before.constraint(each.name)
                if known is not None and not is_written(known):
                    continue
                name = name_text(each.name if known is None else str(known.name))
                yield f"{self._batch}.drop_constraint({name}, type_={literal(kind)})"

    def _constraints_new(self) -> Iterator[str]:
        for each in self._differences:
            if each.kind in _CONSTRAINTS and each.wanted is not None:
                constraint = self._after.constraint(each.name)
                if constraint is not None and is_written(constraint):
                    yield add_constraint_text(self._batch, constraint)


def _needs_value(column: DeclaredColumn) -> bool:
    return not column.nullable and column.default is None and not is_generated(column.default)


def _users(tables: Declared, enum: str) -> dict[str, list[str]]:
    """The columns of an enumeration's type, by table."""
    found: dict[str, list[str]] = {}
    for table in tables.tables.values():
        for column in table.columns.values():
            kind = native_enum(column.type)
            if kind is not None and kind.name == enum:
                found.setdefault(table.name, []).append(column.name)
    return found


def _in_order(tables: Declared, names: list[str]) -> tuple[list[DeclaredTable], list[tuple[str, ForeignKeyConstraint]]]:
    """Tables so that each follows those it refers to; foreign keys that close a circle come later, with their table."""
    left = {name: tables.tables[name] for name in names if name in tables.tables}
    keys = {name: _keys(table) for name, table in left.items()}
    order: list[DeclaredTable] = []
    later = [(name, key) for name in left for key in keys[name] if key.use_alter]
    while left:
        waiting = {
            name: [key for key in keys[name] if _target(key) in left.keys() - {name} and (name, key) not in later]
            for name in left
        }
        ready = [name for name in left if not waiting[name]]
        if not ready:
            first = min(left)
            later += [(first, key) for key in waiting[first]]
            continue
        order += [left.pop(name) for name in ready]
    return order, later


def _keys(table: DeclaredTable) -> list[ForeignKeyConstraint]:
    return [key for key in table.constraints.values() if isinstance(key, ForeignKeyConstraint)]


def _target(key: ForeignKeyConstraint) -> str:
    return key.elements[0].target_fullname.rpartition(".")[0]


def _whole(enum: Enum) -> str:
    labels = ", ".join(map(literal, enum.enums))
    return f"sa.Enum({labels}, name={literal(str(enum.name))})"


def _only_adds(old: Enum, new: Enum) -> bool:
    kept = [label for label in new.enums if label in old.enums]
    return kept == list(old.enums)


def _added_labels(old: Enum, new: Enum) -> Iterator[str]:
    known = set(old.enums)
    for number, label in enumerate(new.enums):
        if label not in known:
            place = f"AFTER {_quoted(new.enums[number - 1])}" if number else f"BEFORE {_quoted(old.enums[0])}"
            yield f"op.execute({_sql(f'ALTER TYPE {_quote(str(new.name))} ADD VALUE {_quoted(label)} {place}')})"
            known.add(label)


def _quoted(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"


def _quote(name: str) -> str:
    """The name of a table, a column or a type in a statement; in quotes where it is a word of SQL."""
    return dialect("postgresql").identifier_preparer.quote(name)


def _value(value: Any) -> str:
    """A plain value as both databases read it."""
    return _quoted(value) if isinstance(value, str) else str(value).lower()


def _sql(statement: str) -> str:
    """A statement as ``op.execute`` takes it, where a colon would begin a parameter."""
    return literal(re.sub(r"(?<!:):(?=\w)", r"\\:", statement))


def _postgresql(kind: TypeEngine[Any]) -> str:
    return kind.compile(dialect=dialect("postgresql"))


def _needs_using(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Whether PostgreSQL converts the values of a column only when it is told how."""
    before, after = (re.sub(r"\(.*?\)", "", _postgresql(kind)).strip() for kind in (old, new))
    together = (_NUMBERS, _TEXTS, _TIMES)
    if native_enum(old) is not None and before != after:
        return True
    return before != after and after not in _TEXTS and not any({before, after} <= family for family in together)
