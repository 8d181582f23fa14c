"""What was asked for over HTTP: an operation that a process of its own carries out, known by the id of its request.

A caller may give a request a key; then the same request again is the same operation (IETF draft
``ietf-httpapi-idempotency-key-header``). The database holds keys apart, whichever processes are asked at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from . import tables
from .operation_journal import OperationRow, operations

KEY_LIFE: Final = timedelta(hours=24)
"""How long a key means the request that it came with first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request. ``command`` are the words behind ``hub`` that carry it out, ``host`` is the machine that does.

    ``digest`` stands for all that was asked for; ``outcome`` is ``None`` until the command has ended, ``problem`` why it did
    not do it, ``result`` what it printed.
    """

    id: str
    action: str
    module: str
    options: Mapping[str, Any]
    command: Sequence[str]
    principal: str
    address: str | None
    host: str
    digest: str
    key: str | None = None
    at: datetime = field(default_factory=tables.now)
    ended_at: datetime | None = None
    outcome: str | None = None
    problem: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None


def store_request(connection: Connection, request: RequestRow) -> RequestRow:
    """Keep a request, and answer it; or the earlier one that its key stands for."""
    table = tables.requests
    if request.key is not None:
        old = (table.c.at < tables.now() - KEY_LIFE) & (table.c.key == request.key)
        connection.execute(update(table).where(old).values(key=None))
    values = {column.name: getattr(request, column.name) for column in table.c}
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(values))
    except IntegrityError:
        same = (table.c.principal == request.principal) & (table.c.key == request.key)
        return _request(connection.execute(select(table).where(same)).mappings().one())
    return request


def keyed_request(connection: Connection, *, principal: str, key: str) -> RequestRow | None:
    """The request that a key stands for, as long as it does."""
    table = tables.requests
    same = (table.c.principal == principal) & (table.c.key == key) & (table.c.at >= tables.now() - KEY_LIFE)
    row = connection.execute(select(table).where(same)).mappings().first()
    return _request(row) if row else None


def found_request(connection: Connection, id: str) -> RequestRow | None:  # noqa: A002 - as the column
    """The request of that id."""
    table = tables.requests
    row = connection.execute(select(table).where(table.c.id == id)).mappings().first()
    return _request(row) if row else None


def end_request(
    connection: Connection,
    id: str,  # noqa: A002 - as the column
    *,
    outcome: str,
    problem: Mapping[str, Any] | None,
    result: Mapping[str, Any] | None,
) -> bool:
    """Write down how a request ended; whether nobody had done so before."""
    table = tables.requests
    open_one = (table.c.id == id) & table.c.outcome.is_(None)
    ended = {"outcome": outcome, "problem": problem, "result": result, "ended_at": tables.now()}
    return bool(connection.execute(update(table).where(open_one).values(ended)).rowcount)


def asked_and_journaled(
    connection: Connection,
    *,
    id: str | None = None,  # noqa: A002 - as the column
    before: str | None = None,
    limit: int = 1,
) -> tuple[tuple[RequestRow | None, OperationRow | None], ...]:
    """Operations, the latest first, each with its request and its row in the journal as far as there are.

    Ids begin with the time (UUID version 7). Those of requests that came to no operation are among them.

    :param id: only this one; ``before``: only older ones than that.
    """
    requests, journal = tables.requests, tables.operations
    ids = select(requests.c.id).union(select(journal.c.id)).subquery()
    query = select(ids.c.id).order_by(ids.c.id.desc()).limit(limit)
    if id is not None:
        query = query.where(ids.c.id == id)
    if before is not None:
        query = query.where(ids.c.id < before)
    found = list(connection.scalars(query))
    asked = select(requests).where(requests.c.id.in_(found))
    by_id = {row["id"]: _request(row) for row in connection.execute(asked).mappings()}
    journaled = {row.id: row for row in operations(connection, ids=found)}
    return tuple((by_id.get(each), journaled.get(each)) for each in found)


def _request(row: Any) -> RequestRow:
    return RequestRow(**row)
