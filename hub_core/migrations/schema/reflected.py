"""What statements made that no operation declared: read from the database, its types as every database has them."""

import warnings

from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.exc import SAWarning
from sqlalchemy.types import NullType

from .declared_tables import Declared, changed_column, declared_table
from .table_snapshot import Snapshot


def fill_gaps(connection: Connection, tables: Declared, made: Snapshot) -> None:
    """Take out of ``tables`` what is not there any more, and add what is there and was not declared."""
    for name in set(tables.tables) - set(made.tables):
        del tables.tables[name]
    for name, shape in made.tables.items():
        known = tables.tables.get(name)
        parts = {part for kind, part in shape.parts if kind != "index"}
        indexes = {part for kind, part in shape.parts if kind == "index"}
        if (
            known is None
            or shape.columns.keys() != known.columns.keys()
            or not parts <= known.constraints.keys()
            or indexes - known.indexes.keys()
        ):
            _fill(connection, tables, name)


def _fill(connection: Connection, tables: Declared, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of indexes that reflection does not find on SQLite
        found = declared_table(Table(name, MetaData(), autoload_with=connection, resolve_fks=False))
    known = tables.tables.get(name, found)
    for column in found.columns.values():
        if not isinstance(column.type, NullType):
            found.columns[column.name] = changed_column(column, type=column.type.as_generic(allow_nulltype=True))
    known.columns = {each: known.columns.get(each, column) for each, column in found.columns.items()}
    known.constraints = {**found.constraints, **known.constraints}
    known.indexes = {**found.indexes, **known.indexes}
    tables.tables[name] = known
