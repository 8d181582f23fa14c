"""``/api/v1/hub/operations``: the operations of the hub, how each goes, and an end for one that nobody wants any more."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import StreamingResponse
from hub_hookspecs import NotFound
from hub_hookspecs.web import requires
from pydantic import BaseModel

from ...operations.attended import Attended
from ...operations.event_file import EventFile
from ...registry import COMMITTED, OperationRow, RequestRow, StepRow, asked_and_journaled, steps_of
from ...runtime import Hub
from ..problems import problem_response
from .hub_of import CurrentAudited, CurrentCall, CurrentHub
from .module_operations import MODULES_MANAGE

router = APIRouter(prefix="/api/v1/hub/operations", tags=["operations"], dependencies=[requires(MODULES_MANAGE)])

_LOOK_SECONDS: Final = 0.2
_LOOKS_BETWEEN: Final = 25
"""After how many looks without anything new it is asked whether the operation is still attended to; and a reader is told."""
_AGAIN_MS: Final = 300

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class Operation(BaseModel):
    """One operation. ``number`` is its number in the journal, once it came so far."""

    id: str
    number: int | None
    action: str
    module: str | None
    options: dict[str, Any]
    by: str
    address: str | None
    host: str | None
    status: str
    outcome: str | None
    reason: str | None
    problem: dict[str, Any] | None
    result: Any
    steps: list[str]
    asked_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


class OperationDetail(Operation):
    """One operation with the steps that are done, and its events so far where it was asked for on this machine."""

    done: list[dict[str, Any]]
    events: list[dict[str, Any]]


@router.get("")
async def list_operations(
    hub: CurrentHub,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$", description="Only those older than this.")] = None,
) -> list[Operation]:
    """Operations, the latest first, whoever asked for them."""
    async with hub.database.reading.connect() as connection:
        found = await connection.run_sync(lambda inner: asked_and_journaled(inner, before=before, limit=limit))
    return [Operation(**_told(*each)) for each in found]


@router.get("/{id}")
async def show_operation(id: Id, hub: CurrentHub) -> OperationDetail:  # noqa: A002 - as in the address
    """One operation, with its steps and its events."""
    request, row, steps = await _found(hub, id)
    await _see_through(hub, request)
    file = EventFile.of(hub.settings, id)
    events = [dict(event) for event in await asyncio.to_thread(file.since)]
    return OperationDetail(**_told(request, row), done=[step.as_json() for step in steps], events=events)


@router.get(
    "/{id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"description": "Server-sent events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    },
)
async def operation_events(
    id: Id,  # noqa: A002 - as in the address
    hub: CurrentHub,
    last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,9}$")] = None,
) -> StreamingResponse:
    """What an operation does, as server-sent events, to its end.

    The stream ends early when this process is replaced: who connects again, as browsers do, goes on behind the last event
    it saw.
    """
    await _found(hub, id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _stream(hub, id, int(last_event_id or 0))
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@router.post("/{id}/cancel", status_code=202)
async def cancel_operation(id: Id, hub: CurrentHub, call: CurrentCall, audited: CurrentAudited) -> Response:  # noqa: A002
    """End an operation that is not committed yet, as Ctrl-C would its command; what it did is undone."""
    request, row, _ = await _found(hub, id)
    audited.module = request.module if request else None
    at = Attended(EventFile.of(hub.settings, id))
    if (row and row.outcome) or (request and request.outcome):
        what = "is committed" if row and row.outcome == COMMITTED else "has ended"
        return problem_response(call, 409, "operation_ended", f"The operation {what}; there is nothing to cancel")
    if request is None:
        by = row.actor if row else "somebody"
        text = f"The operation was begun at a command line, by {by}: press Ctrl-C there"
        return problem_response(call, 409, "operation_not_cancellable", text)
    if not at.file.is_here:
        text = f"The operation was asked for on another machine, {request.host}: cancel it there"
        return problem_response(call, 409, "operation_elsewhere", text, facts={"host": request.host})
    await asyncio.to_thread(at.cancel)
    await _see_through(hub, request)
    return Response(status_code=202)


async def _found(hub: Hub, id: str) -> tuple[RequestRow | None, OperationRow | None, tuple[StepRow, ...]]:  # noqa: A002
    async with hub.database.reading.connect() as connection:
        found = await connection.run_sync(lambda inner: asked_and_journaled(inner, id=id))
        steps = await connection.run_sync(steps_of, id)
    if not found:
        raise NotFound(f"there is no operation {id}")
    return *found[0], steps


async def _see_through(hub: Hub, request: RequestRow | None) -> None:
    """See to it that somebody attends to an operation of this machine that has no end, whatever ended who did."""
    if request is None or request.outcome is not None:
        return
    at = Attended(EventFile.of(hub.settings, request.id))
    if at.file.is_here:
        await asyncio.to_thread(at.attend, hub.settings, hub.variables)


async def _stream(hub: Hub, id: str, number: int) -> AsyncIterator[str]:  # noqa: A002 - as in the address
    file, idle = EventFile.of(hub.settings, id), 0
    yield f"retry: {_AGAIN_MS}\n\n"
    while not hub.draining:
        for event in await asyncio.to_thread(file.since, number):
            number, idle = int(event["number"]), 0
            yield _server_sent(event)
            if event["kind"] == "end":
                return
        if idle % _LOOKS_BETWEEN == 0:
            request, row, _ = await _found(hub, id)
            outcome = request.outcome if request else row.outcome if row and row.finished_at else None
            if outcome is not None and not (file.is_here and file.since(number)):
                yield _server_sent({"number": number + 1, "kind": "end", "text": outcome})
                return
            await _see_through(hub, request)
            if idle:
                yield ": still at work\n\n"
        idle += 1
        await asyncio.sleep(_LOOK_SECONDS)


def _server_sent(event: Mapping[str, Any]) -> str:
    return f"id: {event['number']}\nevent: {event['kind']}\ndata: {json.dumps(event)}\n\n"


def _told(request: RequestRow | None, row: OperationRow | None) -> dict[str, Any]:
    """What there is of both; the journal is right where they differ."""
    assert request is not None or row is not None
    outcome = request.outcome if request else row.outcome if row and row.outcome != COMMITTED else None
    is_begun = row is not None or (request is not None and request.outcome is not None)
    return {
        "id": request.id if request else row.id if row else "",
        "number": row.number if row else None,
        "action": request.action if request else row.kind if row else "",
        "module": request.module if request else None,
        "options": dict(request.options) if request else {},
        "by": request.principal if request else row.actor if row else "",
        "address": request.address if request else None,
        "host": request.host if request else None,
        "status": "ended" if outcome else "running" if is_begun else "asked",
        "outcome": outcome,
        "reason": row.reason if row else None,
        "problem": request.problem if request else None,
        "result": request.result if request else None,
        "steps": list(row.detail) if row else [],
        "asked_at": request.at if request else None,
        "started_at": row.started_at if row else None,
        "finished_at": request.ended_at if request else row.finished_at if row else None,
    }
