"""The generation: a number that moves with each change of what runs, and the environment that it runs in.

Processes that serve look at it now and then; when it has moved, what they serve is not what is recorded any more.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from . import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """``environment`` is the name of a managed environment; ``None`` where the hub runs in one that somebody else made."""

    number: int = 0
    environment: str | None = None


def generation(connection: Connection) -> Generation:
    """The present generation; the number is 0 before the first change."""
    row = connection.execute(select(tables.generations.c.number, tables.generations.c.environment)).first()
    return Generation(number=row.number, environment=row.environment) if row else Generation()


def next_generation(connection: Connection, environment: str | None) -> None:
    """Move it, in the transaction that commits the change."""
    table, number = tables.generations, generation(connection).number + 1
    values = {"number": number, "environment": environment, "at": tables.now()}
    if not connection.execute(update(table).values(values)).rowcount:
        connection.execute(insert(table).values(id=1, **values))
