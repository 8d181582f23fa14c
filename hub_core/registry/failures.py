"""Why modules did not come up when the hub was last brought up, so that listings can tell it later."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, delete, select

from ..catalog import Reason
from ..planning import Failure
from . import tables


def store_failures(connection: Connection, failures: Mapping[str, Failure]) -> None:
    """Store the failures of one start, in place of those of the start before."""
    connection.execute(delete(tables.failures))
    rows = [
        {"module": name, "condition": failure.condition, **failure.reason.as_json()}
        for name, failure in failures.items()
    ]
    if rows:
        _put(connection, rows)


def store_failure(connection: Connection, module: str, failure: Failure) -> None:
    """Store why one module is down, in place of what was stored of it."""
    forget_failure(connection, module)
    _put(connection, [{"module": module, "condition": failure.condition, **failure.reason.as_json()}])


def forget_failure(connection: Connection, module: str) -> None:
    """Let listings tell nothing of one module."""
    connection.execute(delete(tables.failures).where(tables.failures.c.module == module))


def recorded_failures(connection: Connection) -> Mapping[str, Failure]:
    """The stored failures by module."""
    table = tables.failures
    rows = connection.execute(select(table.c.module, table.c.condition, table.c.code, table.c.text, table.c.remedy))
    return {
        module: Failure(condition=condition, reason=Reason(code=code, text=text, remedy=remedy))
        for module, condition, code, text, remedy in rows
    }


def _put(connection: Connection, rows: list[dict[str, str]]) -> None:
    """Another process, or a thread of this one, may write of the same module at this moment: the later one counts."""
    insert = _insert(connection.dialect.name)
    statement = insert(tables.failures)
    new = {name: statement.excluded[name] for name in ("condition", "code", "text", "remedy", "at")}
    connection.execute(statement.on_conflict_do_update(index_elements=["module"], set_=new), rows)


def _insert(dialect: str) -> Any:
    """The statement with the clause, of the database that is there: the other one takes 60 ms to import."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert
