"""The body of ``upgrade`` or ``downgrade``: the steps from the tables as they are declared before to those after.

They run on both kinds of database whichever they were found on. SQLite alters a table by rebuilding it, so alterations
stand in batches; on PostgreSQL an enumeration is a type of its own, which is made, changed and dropped beside the tables.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Enum, ForeignKeyConstraint

from .comparing import Difference
from .declared_tables import Declared, DeclaredTable, native_enum
from .element_text import (
    add_constraint_text,
    create_table_lines,
)
from .portable_types import default_text, literal, name_text, type_text
from .statements import quoted_label, quoted_name, statement_text
from .table_alteration import TableAlteration

ON_POSTGRESQL: Final = 'if op.get_bind().dialect.name == "postgresql":'


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
                yield from TableAlteration(
                    self._before.tables[table], self._after.tables[table], self._of(table)
                ).lines()
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
        name, labels = quoted_name(str(new.name)), ", ".join(map(quoted_label, new.enums))
        before = quoted_name(f"{new.name}_before")
        yield f"op.execute({literal(f'ALTER TYPE {name} RENAME TO {before}')})"
        yield f"op.execute({statement_text(f'CREATE TYPE {name} AS ENUM ({labels})')})"
        for table, columns in users.items():
            for column in columns:
                declared = self._before.tables[table].columns[column]
                quoted = quoted_name(column)
                place = f"ALTER TABLE {quoted_name(table)} ALTER COLUMN {quoted}"
                if declared.default is not None:
                    yield f"op.execute({literal(f'{place} DROP DEFAULT')})"
                yield f"op.execute({literal(f'{place} TYPE {name} USING {quoted}::text::{name}')})"
                wanted = self._after.tables[table].columns.get(column, declared).default
                if declared.default is not None and wanted is not None:
                    yield f"op.alter_column({literal(table)}, {literal(column)}, server_default={default_text(wanted)})"
        yield f"op.execute({literal(f'DROP TYPE {before}')})"


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
            place = f"AFTER {quoted_label(new.enums[number - 1])}" if number else f"BEFORE {quoted_label(old.enums[0])}"
            yield f"op.execute({statement_text(f'ALTER TYPE {quoted_name(str(new.name))} ADD VALUE {quoted_label(label)} {place}')})"
            known.add(label)
