"""Columns, constraints and indexes as the Python of a revision file."""

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
from sqlalchemy.sql.elements import ClauseElement, TextClause

from .declared_tables import DeclaredColumn, DeclaredTable
from .portable_types import (
    default_text,
    expression_text,
    generated_text,
    is_generated,
    literal,
    name_text,
    sql_text,
    type_text,
)
from .statements import statement_text


def column_text(column: DeclaredColumn, *, nullable: bool | None = None) -> str:
    """``sa.Column("price", sa.Integer(), nullable=False)``."""
    arguments = [literal(column.name), type_text(column.type)]
    if is_generated(column.default):
        arguments.append(generated_text(column.default))
    elif column.default is not None:
        arguments.append(f"server_default={default_text(column.default)}")
    if column.autoincrement is not None:
        arguments.append(f"autoincrement={column.autoincrement}")
    arguments.append(f"nullable={column.nullable if nullable is None else nullable}")
    return f"sa.Column({', '.join(arguments)})"


def create_table_lines(table: DeclaredTable, *, without: tuple[str, ...] = ()) -> list[str]:
    """``op.create_table(…)`` with all constraints but those in ``without``, and its indexes after it."""
    lines = ["op.create_table(", f"    {literal(table.name)},"]
    lines += [f"    {column_text(column)}," for column in table.columns.values()]
    named = [constraint for name, constraint in table.constraints.items() if name not in without]
    for constraint in sorted([*named, *table.unnamed], key=_place):
        if (text := constraint_text(constraint)) is not None:
            lines.append(f"    {text},")
    lines.append(")")
    return [*lines, *(create_index_text(index, table.name) for _, index in sorted(table.indexes.items()))]


def constraint_text(constraint: Constraint) -> str | None:
    """As an argument of ``op.create_table``; ``None`` for one that a type makes on one kind of database only."""
    name = f", name={name_text(str(constraint.name))}" if isinstance(constraint.name, str) else ""
    match constraint:
        case PrimaryKeyConstraint():
            return f"sa.PrimaryKeyConstraint({_names(constraint.columns)}{name})"
        case UniqueConstraint():
            return f"sa.UniqueConstraint({_names(constraint.columns)}{name}{_options(constraint)})"
        case ForeignKeyConstraint():
            columns, target = _referring(constraint)
            return f"sa.ForeignKeyConstraint([{columns}], [{target}]{name}{_reference(constraint)})"
        case CheckConstraint() if is_written(constraint):
            return f"sa.CheckConstraint({literal(sql_text(constraint.sqltext))}{name})"
    return None


def is_written(constraint: Constraint) -> bool:
    """Whether a constraint is the same on every database: that of a Boolean or a native enumeration is made on SQLite only."""
    if not getattr(constraint, "_type_bound", False):
        return True
    rule = getattr(constraint, "_create_rule", None)
    kind = getattr(getattr(rule, "func", rule), "__self__", None)
    return getattr(kind, "native_enum", None) is False


def add_constraint_text(batch: str, constraint: Constraint) -> str:
    """As a step of a batch."""
    name = name_text(str(constraint.name)) if isinstance(constraint.name, str) else "None"
    match constraint:
        case UniqueConstraint():
            columns = ", ".join(literal(column.name) for column in constraint.columns)
            return f"{batch}.create_unique_constraint({name}, [{columns}]{_options(constraint)})"
        case ForeignKeyConstraint():
            columns, _ = _referring(constraint)
            target = constraint.elements[0].target_fullname.rpartition(".")[0]
            remote = ", ".join(literal(each.target_fullname.rpartition(".")[2]) for each in constraint.elements)
            return f"{batch}.create_foreign_key({name}, {literal(target)}, [{columns}], [{remote}]{_reference(constraint)})"
        case CheckConstraint():
            return f"{batch}.create_check_constraint({name}, {literal(sql_text(constraint.sqltext))})"
    assert isinstance(constraint, PrimaryKeyConstraint)
    return f"{batch}.create_primary_key({name}, [{_names(constraint.columns)}])"


def create_index_text(index: Index, table: str) -> str:
    """``op.create_index("ix_shop_item_name", "shop_item", ["name"])``."""
    parts = ", ".join(_index_part(each) for each in index.expressions)
    unique = ", unique=True" if index.unique else ""
    return f"op.create_index({name_text(str(index.name))}, {literal(table)}, [{parts}]{unique}{_options(index)})"


def has_expressions(index: Index) -> bool:
    """Whether an index holds more than plain columns, which SQLite's reflection does not find."""
    return any(not isinstance(each, Column | str) for each in index.expressions)


def _index_part(expression: Any) -> str:
    if isinstance(expression, Column):
        return literal(expression.name)
    return literal(expression) if isinstance(expression, str) else expression_text(expression)


def _options(item: Constraint | Index) -> str:
    """What only one kind of database is told, such as ``postgresql_where``."""
    options = {name: value for name, value in item.dialect_kwargs.items() if _is_given(value)}
    text = "".join(f", {name}={_option(value, name.partition('_')[0])}" for name, value in options.items())
    for name in ("deferrable", "initially"):
        if (value := getattr(item, name, None)) is not None:
            text += f", {name}={literal(value)}"
    return text


def _is_given(value: Any) -> bool:
    """Whether an option says something. An expression does, and cannot be compared: ``==`` makes another one of it."""
    return isinstance(value, ClauseElement) or value not in (None, False, {}, [])


def _option(value: Any, kind: str) -> str:
    """An option of one ``kind`` of database, whose way to write an expression it keeps."""
    if isinstance(value, str | bool | int | list | tuple | dict):
        return repr(value).replace("'", '"') if isinstance(value, list | tuple | dict) else literal(value)
    return (
        expression_text(value) if isinstance(value, TextClause) else f"sa.text({statement_text(sql_text(value, kind))})"
    )


def _reference(constraint: ForeignKeyConstraint) -> str:
    names = ("onupdate", "ondelete", "deferrable", "initially", "match")
    values = ((name, getattr(constraint, name)) for name in names)
    return "".join(f", {name}={literal(value)}" for name, value in values if value is not None)


def _referring(constraint: ForeignKeyConstraint) -> tuple[str, str]:
    columns = ", ".join(literal(str(key)) for key in constraint.column_keys)
    return columns, ", ".join(literal(each.target_fullname) for each in constraint.elements)


def _names(columns: Any) -> str:
    return ", ".join(literal(column.name) for column in columns)


def _place(constraint: Constraint) -> tuple[int, str]:
    order = (PrimaryKeyConstraint, ForeignKeyConstraint, UniqueConstraint, CheckConstraint)
    place = next((number for number, kind in enumerate(order) if isinstance(constraint, kind)), len(order))
    return place, str(constraint.name)
