"""Run revisions where nothing matters, and take down what they do: each operation, and the tables they declare."""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

from alembic.migration import MigrationContext
from alembic.operations import BatchOperations, MigrateOperation, Operations, ops
from sqlalchemy import Connection

from ..alembic_run import _NOT_REFLECTED, _no_bytecode, _options
from ..source import MigrationSource
from .declared_tables import Declared, DeclaredTable, changed_column, declared_column, declared_table, keep

_CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: ``kind`` as in ``op.drop_column``, the table, the name of the column, and for SQL the statement."""

    kind: str
    table: str = ""
    name: str = ""
    text: str = ""


@dataclass(slots=True)
class Record:
    """What was done, and what is declared now."""

    tables: Declared = field(default_factory=Declared)
    operations: list[Operation] = field(default_factory=list)


def run_recorded(connection: Connection, source: MigrationSource, steps: Any, record: Record) -> None:
    """Run ``steps`` on the connection to a scratch database, in its transaction, and take down what they do.

    What cannot run in a transaction (an index built concurrently, a commit in between) runs in it here.
    """

    def each(stamped: tuple[str, ...], context: MigrationContext) -> Any:
        return iter(steps)

    options = {"fn": each, **_options(connection.dialect.name, source)}
    with _no_bytecode(), warnings.catch_warnings():
        context = MigrationContext.configure(connection, opts=options)
        warnings.filterwarnings("ignore", _NOT_REFLECTED)  # of a table beside the one that a batch rebuilds
        context.autocommit_block = nullcontext  # type: ignore[method-assign, assignment]
        with _recorded(context, record):
            context.run_migrations()


@contextmanager
def _recorded(context: MigrationContext, record: Record) -> Iterator[None]:
    """Note what goes through ``invoke`` of ``op``, and of each batch it makes."""
    with Operations.context(context) as operations:
        invoke, batch_alter_table = operations.invoke, operations.batch_alter_table

        @contextmanager
        def batches(*arguments: Any, **options: Any) -> Iterator[BatchOperations]:
            with batch_alter_table(*arguments, **options) as batch:
                batch.invoke = _noting(record, batch.invoke)  # type: ignore[method-assign]
                yield batch

        operations.invoke = _noting(record, invoke)  # type: ignore[method-assign]
        operations.batch_alter_table = batches  # type: ignore[method-assign]
        yield


def _noting(record: Record, invoke: Callable[[MigrateOperation], Any]) -> Any:
    def noted(operation: MigrateOperation) -> Any:
        record.operations.append(_noted(record.tables.tables, operation))
        return invoke(operation)

    return noted


Tables = dict[str, DeclaredTable]


def _noted(tables: Tables, operation: MigrateOperation) -> Operation:
    """One operation, and what it declares."""
    kind, table = type(operation).__name__.removesuffix("Op"), str(getattr(operation, "table_name", ""))
    note = _NOTES.get(type(operation), _nothing)
    if isinstance(operation, ops.AddConstraintOp):
        note, table = _constraint_added, str(getattr(operation, "source_table", "") or table)
    name, text = note(tables, operation)
    return Operation(kind=kind, table=table, name=name, text=text)


def _nothing(tables: Tables, operation: MigrateOperation) -> tuple[str, str]:
    return "", ""


def _table_created(tables: Tables, operation: ops.CreateTableOp) -> tuple[str, str]:
    tables[operation.table_name] = declared_table(operation.to_table())
    return "", ""


def _table_dropped(tables: Tables, operation: ops.DropTableOp) -> tuple[str, str]:
    tables.pop(operation.table_name, None)
    return "", ""


def _table_renamed(tables: Tables, operation: ops.RenameTableOp) -> tuple[str, str]:
    if (renamed := tables.pop(operation.table_name, None)) is not None:
        renamed.name, renamed.table = operation.new_table_name, None
        tables[operation.new_table_name] = renamed
    return operation.new_table_name, ""


def _statement(tables: Tables, operation: ops.ExecuteSQLOp) -> tuple[str, str]:
    text = str(operation.sqltext)
    if isinstance(operation.sqltext, str):
        operation.sqltext = _CONCURRENTLY.sub("", operation.sqltext)
    return "", text


def _index_created(tables: Tables, operation: ops.CreateIndexOp) -> tuple[str, str]:
    concurrently = operation.kw.pop("postgresql_concurrently", False)
    name = str(operation.index_name)
    _table(tables, operation.table_name).indexes[name] = operation.to_index()
    return name, "concurrently" if concurrently else ""


def _index_dropped(tables: Tables, operation: ops.DropIndexOp) -> tuple[str, str]:
    operation.kw.pop("postgresql_concurrently", None)
    for each in tables.values():
        each.indexes.pop(str(operation.index_name), None)
    return str(operation.index_name), ""


def _column_added(tables: Tables, operation: ops.AddColumnOp) -> tuple[str, str]:
    column = operation.column
    _table(tables, operation.table_name).columns[column.name] = declared_column(column)
    return column.name, ""


def _column_dropped(tables: Tables, operation: ops.DropColumnOp) -> tuple[str, str]:
    _table(tables, operation.table_name).columns.pop(operation.column_name, None)
    return operation.column_name, ""


def _column_altered(tables: Tables, operation: ops.AlterColumnOp) -> tuple[str, str]:
    table, name, renamed = _table(tables, operation.table_name), operation.column_name, operation.modify_name
    column = table.columns.pop(name, None)
    if column is not None:
        if operation.modify_type is not None:
            column = changed_column(column, type=operation.modify_type)
        if operation.modify_nullable is not None:
            column = changed_column(column, nullable=operation.modify_nullable)
        if operation.modify_server_default is not False:
            column = changed_column(column, default=operation.modify_server_default)
        table.columns[renamed or name] = changed_column(column, name=renamed or name)
    return name, str(renamed or "")


def _constraint_added(tables: Tables, operation: Any) -> tuple[str, str]:
    constraint = operation.to_constraint()
    keep(_table(tables, getattr(operation, "source_table", "") or operation.table_name), constraint)
    return str(constraint.name), ""


def _constraint_dropped(tables: Tables, operation: ops.DropConstraintOp) -> tuple[str, str]:
    _table(tables, operation.table_name).constraints.pop(str(operation.constraint_name), None)
    return str(operation.constraint_name), str(operation.constraint_type or "")


def _table(tables: Tables, name: str) -> DeclaredTable:
    return tables.setdefault(name, DeclaredTable(name=name))


_NOTES: Final[Mapping[type, Callable[[Tables, Any], tuple[str, str]]]] = {
    ops.CreateTableOp: _table_created,
    ops.DropTableOp: _table_dropped,
    ops.RenameTableOp: _table_renamed,
    ops.ExecuteSQLOp: _statement,
    ops.CreateIndexOp: _index_created,
    ops.DropIndexOp: _index_dropped,
    ops.AddColumnOp: _column_added,
    ops.DropColumnOp: _column_dropped,
    ops.AlterColumnOp: _column_altered,
    ops.DropConstraintOp: _constraint_dropped,
}
