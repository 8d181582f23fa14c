"""The generation: a number that moves with each change of what runs, and the lock of the environment that it runs in.

Processes that serve look at it now and then; when it has moved, what they serve is not what is recorded any more. Machines
call their environments as they like: what says that two of them are the same is the digest of their lock. Its text is kept,
so that each machine can make what another one has switched to.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, inspect, select, update

from . import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """``lock`` is the digest of what it runs with; ``None`` where every machine runs in what somebody made by hand."""

    number: int = 0
    lock: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLock:
    """A lock that ran: ``text`` as it stands in hub.lock, ``generation`` the last one that it became current in.

    ``environment`` is what the machine that recorded it calls the environment, for people to read.
    """

    digest: str
    text: str
    generation: int = 0
    environment: str = ""


def generation(connection: Connection) -> Generation:
    """The present generation; the number is 0 before the first change."""
    row = connection.execute(select(tables.generations.c.number, tables.generations.c.lock)).first()
    return Generation(number=row.number, lock=row.lock) if row else Generation()


def next_generation(connection: Connection, lock: RecordedLock | None = None, *, above: int = 0) -> None:
    """Move it, in the transaction that commits the change.

    :param lock: what is run with from now on; ``None``: what was run with before.
    :param above: a number that somebody may have served already, where what is recorded came from elsewhere.
    """
    table, number = tables.generations, max(generation(connection).number, above) + 1
    values = {"number": number, "at": tables.now()}
    if lock is not None:
        values |= {"environment": lock.environment, "lock": lock.digest}
        locks = tables.locks
        connection.execute(delete(locks).where(locks.c.digest == lock.digest))
        kept = {"digest": lock.digest, "text": lock.text, "generation": number}
        connection.execute(insert(locks).values(at=tables.now(), **kept))
    if not connection.execute(update(table).values(values)).rowcount:
        connection.execute(insert(table).values(id=1, **values))


def recorded_lock(connection: Connection, digest: str | None = None) -> RecordedLock | None:
    """What the present generation runs with, or a lock that ever ran; ``None`` where none is recorded.

    It is read as well where the core's tables are those of another release: that is who has to find the other environment.
    """
    if not inspect(connection).has_table(tables.locks.name):
        return None
    locks, current = tables.locks.c, tables.generations.c
    known = select(locks.digest, locks.text, locks.generation)
    if digest is None:
        row = connection.execute(known.where(locks.digest == select(current.lock).scalar_subquery())).first()
    else:
        row = connection.execute(known.where(locks.digest == digest)).first()
    return RecordedLock(digest=row.digest, text=row.text, generation=row.generation) if row else None


def recorded_digests(connection: Connection) -> Mapping[str, int]:
    """Every lock that ever ran, by digest, with the last generation that it became current in."""
    locks = tables.locks.c
    return {row.digest: row.generation for row in connection.execute(select(locks.digest, locks.generation))}
