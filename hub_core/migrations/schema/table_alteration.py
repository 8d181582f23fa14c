"""One table that changes: the steps between how it is declared before and after, in batches that both databases take."""

import re
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Index
from sqlalchemy.types import TypeEngine

from .comparing import PARTS, Difference
from .declared_tables import DeclaredColumn, DeclaredTable, native_enum
from .dialects import dialect
from .element_text import add_constraint_text, column_text, create_index_text, has_expressions, is_written
from .portable_types import default_text, is_generated, literal, name_text, type_text
from .statements import quoted_name, quoted_value, statement_text

ON_SQLITE: Final = 'if op.get_bind().dialect.name == "sqlite":'
_NUMBERS: Final = {"SMALLINT", "INTEGER", "BIGINT", "NUMERIC", "REAL", "FLOAT", "DOUBLE PRECISION", "DECIMAL"}
_TEXTS: Final = {"VARCHAR", "TEXT", "CHAR", "CHARACTER"}
_TIMES: Final = {"DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP"}
_CONSTRAINTS: Final = tuple(kind for kind in PARTS if kind != "index")


class TableAlteration:
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
            statement = [
                "UPDATE",
                quoted_name(self._table),
                "SET",
                quoted_name(column.name),
                "=",
                quoted_value(column.fill),
            ]
            statement += ["WHERE", quoted_name(column.name), "IS NULL"] if only_null else []
            return f"op.execute({statement_text(' '.join(statement))})"
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
            arguments.append(f"postgresql_using={literal(f'{quoted_name(name)}::{_postgresql(new.type)}')}")
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


def _postgresql(kind: TypeEngine[Any]) -> str:
    return kind.compile(dialect=dialect("postgresql"))


def _needs_using(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Whether PostgreSQL converts the values of a column only when it is told how."""
    before, after = (re.sub(r"\(.*?\)", "", _postgresql(kind)).strip() for kind in (old, new))
    together = (_NUMBERS, _TEXTS, _TIMES)
    if native_enum(old) is not None and before != after:
        return True
    return before != after and after not in _TEXTS and not any({before, after} <= family for family in together)
