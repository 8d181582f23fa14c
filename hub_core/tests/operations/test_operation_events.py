"""What an operation does can be read along while it does it, by threads and over HTTP, and again from where one left off."""

import asyncio
import json
import threading
from functools import partial
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from hub_core.operations.change import Change, ChangeUndone, Telling
from hub_core.operations.changing import change
from hub_core.operations.operation_events import OperationEvents
from hub_core.runtime import verified
from hub_core.tests.operations.house import COLUMN, House, first, revision


def carried_out(there: House, events: OperationEvents) -> None:
    """Upgrade ``shop``, and tell."""
    try:
        change(
            there.settings,
            Change(kind="enable", names=("shop",)),
            telling=Telling.to(events),
            verify=partial(verified, there.settings),
        )
    except ChangeUndone:
        events.end("undone")
    else:
        events.end("done")


def test_who_reads_along_sees_each_step_and_the_end(house: House) -> None:
    house.samples.install("shop", {**first("shop"), **revision("shop", 2, COLUMN)}, version="1.1")
    told: list[int] = []
    events = OperationEvents(on_event=lambda event: told.append(event.number))
    read = [list[str](), list[str]()]
    readers = [threading.Thread(target=lambda to=to: to.extend(event.kind for event in events.since())) for to in read]
    for reader in readers:
        reader.start()
    carried_out(house, events)
    for reader in readers:
        reader.join(10)
    assert read[0] == read[1] == ["plan", "backup", "revision", "stage", "end"]
    assert told == [1, 2, 3, 4, 5]
    plan, backup, ran, stage, end = events.since()
    assert [step["kind"] for step in plan.detail["steps"]] == ["migrate", "upgrade"]
    assert (backup.module, Path(backup.text).is_file()) == ("shop", True)
    assert (ran.module, ran.done, ran.total) == ("shop", 1, 1)
    assert (stage.text, end.text) == ("verify", "done")


async def test_a_reader_over_http_goes_on_behind_what_it_saw(house: House) -> None:
    house.samples.install("shop", {**first("shop"), **revision("shop", 2, COLUMN)}, version="1.1")
    events, app = OperationEvents(), FastAPI()

    @app.get("/events")
    async def stream(request: Request) -> StreamingResponse:
        last = request.headers.get("last-event-id", "")
        return StreamingResponse(events.server_sent(last), media_type="text/event-stream")

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub") as client:
        reading = asyncio.create_task(client.get("/events"))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(carried_out, house, events)
        whole = (await reading).text
        rest = (await client.get("/events", headers={"Last-Event-ID": "3"})).text
    sent = [dict(line.split(": ", 1) for line in block.splitlines()) for block in whole.strip().split("\n\n")]
    assert [each["event"] for each in sent] == ["plan", "backup", "revision", "stage", "end"]
    assert [each["id"] for each in sent] == ["1", "2", "3", "4", "5"]
    assert json.loads(sent[2]["data"])["detail"]["revision"] == "shop_2"
    assert whole.endswith(rest)
    assert rest.startswith("id: 4\nevent: stage\n")


async def test_a_long_silence_keeps_the_connection_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub_core.operations.operation_events._KEEP_ALIVE_SECONDS", 0.01)
    events = OperationEvents()
    sent = events.server_sent()
    assert await anext(sent) == ": still at work\n\n"
    events.end("done")
    assert (await anext(sent)).startswith("id: 1\nevent: end\n")
    events.end("again")
    assert [event.text for event in events.since()] == ["done"]
