"""What the hub remembers of what was done, carried over a restore that replaces its tables: rows of it are only ever added."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, func, insert, select, update

from . import tables
from .requests import KEY_LIFE

INTERRUPTED: Final = "interrupted"
"""How ended what was under way in an archive, where nobody knows."""
_Row = Mapping[str, Any]
_AUDITED: Final = ("attempt", "at", "action", "actor", "outcome")
_MIGRATED: Final = ("module", "before", "after", "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The audit log, the journal with its steps, what was asked for over HTTP, and the migrations that ran."""

    audit: tuple[_Row, ...]
    operations: tuple[_Row, ...]
    steps: tuple[_Row, ...]
    requests: tuple[_Row, ...]
    migrations: tuple[_Row, ...]


def memory(connection: Connection) -> Memory:
    """All there is, in the order it was written."""
    return Memory(
        audit=_rows(connection, tables.audit, "id"),
        operations=_rows(connection, tables.operations, "number"),
        steps=_rows(connection, tables.operation_steps, "number"),
        requests=_rows(connection, tables.requests, "id"),
        migrations=_rows(connection, tables.migrations, "id"),
    )


def carry_over(connection: Connection, before: Memory) -> None:
    """Add what the tables do not have: behind what they have, under numbers that are free.

    What was under way when they were archived has ended since, if ``before`` says how; and what was asked for then and is
    unknown here is nobody's any more.
    """
    renumbered = _carry_operations(connection, before)
    _carry_requests(connection, before)
    audit = ({**row, "operation": renumbered.get(row["operation"], row["operation"])} for row in before.audit)
    _add(connection, tables.audit, _unknown(connection, tables.audit, _AUDITED, audit))
    _add(connection, tables.migrations, _unknown(connection, tables.migrations, _MIGRATED, before.migrations))


def _carry_operations(connection: Connection, before: Memory) -> Mapping[int, int]:
    numbers = {row["id"]: row["number"] for row in _rows(connection, tables.operations, "number")}
    taken = {number for number in numbers.values() if number is not None}
    renumbered: dict[int, int] = {}
    for row in before.operations:
        if row["id"] in numbers:
            renumbered[row["number"]] = numbers[row["id"]]
            _end(connection, tables.operations, row, ("finished_at", "outcome", "reason"))
            continue
        number = row["number"] if row["number"] not in taken else max(taken, default=0) + 1
        taken.add(number)
        renumbered[row["number"]] = number
        connection.execute(insert(tables.operations), {**row, "number": number})
        _add(connection, tables.operation_steps, (step for step in before.steps if step["operation"] == row["id"]))
    return renumbered


def _carry_requests(connection: Connection, before: Memory) -> None:
    table = tables.requests
    connection.execute(
        update(table).where(table.c.outcome.is_(None)).values(outcome=INTERRUPTED, ended_at=tables.now())
    )
    connection.execute(update(table).where(table.c.at < tables.now() - KEY_LIFE).values(key=None))
    archived = _rows(connection, table, "id")
    known, keys = {row["id"] for row in archived}, {(row["principal"], row["key"]) for row in archived}
    for row in before.requests:
        if row["id"] in known:
            _end(connection, table, row, ("ended_at", "outcome", "problem", "result"))
        else:
            key = None if (row["principal"], row["key"]) in keys else row["key"]
            connection.execute(insert(table), {**row, "key": key})


def _end(connection: Connection, table: Table, row: _Row, columns: tuple[str, ...]) -> None:
    if row["outcome"] == INTERRUPTED:
        return  # nobody here knows how it ended, and the archive may
    connection.execute(update(table).where(table.c.id == row["id"]).values({name: row[name] for name in columns}))


def has_memory(connection: Connection) -> bool:
    """Whether there is anything at all that was done or tried."""
    return any(connection.scalar(select(func.count()).select_from(each)) for each in (tables.operations, tables.audit))


def _unknown(
    connection: Connection, table: Table, identity: tuple[str, ...], rows: "Iterator[_Row] | tuple[_Row, ...]"
) -> Iterator[_Row]:
    known = {tuple(row[name] for name in identity) for row in _rows(connection, table, "id")}
    for row in rows:
        if tuple(row[name] for name in identity) not in known:
            yield {name: value for name, value in row.items() if name != "id"}  # the database counts on


def _rows(connection: Connection, table: Table, order: str) -> tuple[_Row, ...]:
    return tuple(dict(row) for row in connection.execute(select(table).order_by(table.c[order])).mappings())


def _add(connection: Connection, table: Table, rows: Iterator[_Row]) -> None:
    for row in rows:
        connection.execute(insert(table), dict(row))
