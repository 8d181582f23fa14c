"""Why modules did not come up when the hub was last brought up, so that listings can tell it later."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

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
        connection.execute(insert(tables.failures), rows)


def recorded_failures(connection: Connection) -> Mapping[str, Failure]:
    """The stored failures by module."""
    table = tables.failures
    rows = connection.execute(select(table.c.module, table.c.condition, table.c.code, table.c.text, table.c.remedy))
    return {
        module: Failure(condition=condition, reason=Reason(code=code, text=text, remedy=remedy))
        for module, condition, code, text, remedy in rows
    }
