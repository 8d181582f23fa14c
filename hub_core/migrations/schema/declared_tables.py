"""Tables as they are declared in code: by the models, or step by step by revisions.

A database forgets what was declared: a ``Uuid`` is CHAR(32) on SQLite, an enumeration a VARCHAR. What a revision is
written from, in either direction and for either database, is kept here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Column, Constraint, Enum, Index, MetaData, PrimaryKeyConstraint, Table, TypeDecorator
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.elements import conv
from sqlalchemy.types import TypeEngine

from .comparing import Difference
from .dialects import KINDS, dialect
from .model_faults import has_type


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredColumn:
    """A column; ``default`` is its server default, ``fill`` a plain value that models give to new rows.

    ``autoincrement`` is ``None`` where the primary key alone decides whether the column counts.
    """

    name: str
    type: TypeEngine[Any]
    nullable: bool
    default: Any = None
    fill: Any = None
    autoincrement: bool | None = None


@dataclass(slots=True, kw_only=True)
class DeclaredTable:
    """Columns, named constraints and indexes by name; ``unnamed`` are constraints without one."""

    name: str
    columns: dict[str, DeclaredColumn] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    unnamed: list[Constraint] = field(default_factory=list)
    indexes: dict[str, Index] = field(default_factory=dict)
    table: Table | None = None

    def constraint(self, name: str) -> Constraint | None:
        """The constraint that a database knows by ``name``; PostgreSQL shortens long ones."""
        return next((each for known, each in self.constraints.items() if name in (known, shortened(known))), None)

    def index(self, name: str) -> Index | None:
        """The index that a database knows by ``name``."""
        return next((each for known, each in self.indexes.items() if name in (known, shortened(known))), None)


@dataclass(slots=True, kw_only=True)
class Declared:
    """All tables of one module."""

    tables: dict[str, DeclaredTable] = field(default_factory=dict)

    def enums(self) -> dict[str, Enum]:
        """The enumerations that are types of their own on PostgreSQL, by name."""
        found = {}
        for table in self.tables.values():
            for column in table.columns.values():
                each = native_enum(column.type)
                if each is not None:
                    found[str(each.name)] = each
        return found


def declared(metadata: MetaData | None, tables: Iterable[str]) -> Declared:
    """Those tables of ``metadata`` that ``tables`` names."""
    if metadata is None:
        return Declared()
    return Declared(tables={name: declared_table(metadata.tables[name]) for name in tables if name in metadata.tables})


def declared_table(table: Table) -> DeclaredTable:
    """One table; constraints that a type makes for itself are not its own."""
    made = DeclaredTable(name=table.name, table=table)
    for column in table.columns:
        made.columns[column.name] = declared_column(column)
    for constraint in table.constraints:
        keep(made, constraint)
    made.indexes = {str(index.name): index for index in table.indexes}
    return made


def declared_column(column: Column[Any]) -> DeclaredColumn:
    """One column, without what belongs to its table."""
    default = column.default
    fill = getattr(default, "arg", None) if default is not None and default.is_scalar else None
    return DeclaredColumn(
        name=column.name,
        type=column.type,
        nullable=bool(column.nullable),
        default=column.computed or column.identity or column.server_default,
        fill=fill,
        autoincrement=column.autoincrement if isinstance(column.autoincrement, bool) else None,
    )


def keep(table: DeclaredTable, constraint: Constraint) -> None:
    """Add a constraint, but for a primary key without columns."""
    if isinstance(constraint, PrimaryKeyConstraint) and not constraint.columns:
        return
    if constraint.name is None or not isinstance(constraint.name, str):
        table.unnamed.append(constraint)
    else:
        table.constraints[str(constraint.name)] = constraint


def native_enum(kind: TypeEngine[Any]) -> Enum | None:
    """``kind`` as an enumeration that is a type of its own on PostgreSQL."""
    if isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    kind = kind._variant_mapping.get("postgresql", kind)
    return kind if isinstance(kind, Enum) and kind.native_enum and kind.name else None


def changed_column(column: DeclaredColumn, **values: Any) -> DeclaredColumn:
    """``column`` with other values."""
    return replace(column, **values)


def differences_elsewhere(before: Declared, after: Declared, here: str) -> tuple[Difference, ...]:
    """What differs on the kind of database that is not asked: types, labels and indexes, as their statements say."""
    found: list[Difference] = []
    elsewhere = next(kind for kind in KINDS if kind != here)
    for name in before.tables.keys() & after.tables.keys():
        old, new = before.tables[name], after.tables[name]
        for column in old.columns.keys() & new.columns.keys():
            if has_type(old.columns[column], elsewhere):  # else the revisions make another type there, not seen here
                types = _type(old.columns[column], elsewhere), _type(new.columns[column], elsewhere)
                found += _difference(name, "type", column, *types)
        for index in old.indexes.keys() & new.indexes.keys():
            texts = _index(old.indexes[index], elsewhere), _index(new.indexes[index], elsewhere)
            found += _difference(name, "index", index, *texts)
    enums, later = before.enums(), after.enums()
    for name in enums.keys() & later.keys():
        found += _difference(name, "enum", "labels", _labels(enums[name]), _labels(later[name]))
    return tuple(found)


def merged(here: Iterable[Difference], elsewhere: Iterable[Difference]) -> tuple[Difference, ...]:
    """The differences of both kinds of database, each once."""
    all_of_them: dict[tuple[str, str, str], Difference] = {}
    for each in (*here, *elsewhere):
        all_of_them.setdefault((each.table, each.kind, each.name), each)
    return tuple(sorted(all_of_them.values(), key=lambda each: each.table))


def _labels(enum: Enum) -> str:
    return ", ".join(enum.enums)


def _type(column: DeclaredColumn, kind: str) -> str:
    return column.type.compile(dialect=dialect(kind))


def _index(index: Index, kind: str) -> str:
    return str(CreateIndex(index).compile(dialect=dialect(kind)))


def _difference(table: str, kind: Any, name: str, found: str, wanted: str) -> list[Difference]:
    if found == wanted:
        return []
    return [Difference(table=table, kind=kind, name=name, found=found, wanted=wanted)]


def shortened(name: str) -> str:
    """A name as PostgreSQL has it."""
    preparer = dialect("postgresql").identifier_preparer
    return preparer.truncate_and_render_constraint_name(conv(name)).strip('"')


def with_labels(tables: Declared, labels: Mapping[str, tuple[str, ...]]) -> None:
    """Give the enumerations the labels the database has, which statements may have changed unseen."""
    for table in tables.tables.values():
        for name, column in table.columns.items():
            kind = native_enum(column.type)
            known = labels.get(str(kind.name)) if kind is not None else None
            if kind is not None and known is not None and tuple(kind.enums) != known:
                table.columns[name] = changed_column(column, type=Enum(*known, name=str(kind.name)))
