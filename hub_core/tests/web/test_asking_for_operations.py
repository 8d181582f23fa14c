"""Operations that are asked for over HTTP: once for each key, ended when nobody wants them, and seen through whoever dies."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hub_hookspecs import uuid7

from hub_core.database import connect, parse_url
from hub_core.database.transaction_mode import BUSY_SECONDS
from hub_core.operations.attended import Attended, lock_or_none
from hub_core.operations.event_file import EventFile
from hub_core.registry import RequestRow, store_request
from hub_core.tests.sample_modules import SampleModules
from hub_core.tests.web.asked_hub import AskedHub, asked_hub, eventually, kill_processes_of, processes_of
from hub_core.web.looks import look

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def asked(
    tmp_path: Path, database_url: str, samples: SampleModules, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AskedHub]:
    async with asked_hub(tmp_path, database_url, samples, monkeypatch, "shop") as hub:
        yield hub


async def test_the_same_key_is_the_same_operation_also_at_once(asked: AskedHub) -> None:
    key = {"Idempotency-Key": "disable-the-shop"}
    answers = await asyncio.gather(*(asked.ask("shop", "disable", **key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}
    (operation,) = {answer.json()["id"] for answer in answers}
    told = await asked.ended(operation)
    assert (told["outcome"], asked.states()["shop"]) == ("done", "disabled")
    assert asked.journal() == [("up", "done"), ("disable", "done")]
    assert (await asked.ask("shop", "disable", **key)).json()["id"] == operation
    other = await asked.ask("shop", "enable", **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    rows = [(row.action, row.outcome) for row in asked.audit() if row.attempt == operation]
    assert sorted(rows) == sorted(
        [("disable", "asked"), ("disable", "begun"), ("disable", "done"), *[("disable", "repeated")] * 5]
    )
    assert (asked.audit()[-1].outcome, asked.audit()[-1].code) == ("refused", "idempotency_key_reused")


async def test_a_cancelled_operation_is_undone(asked: AskedHub) -> None:
    asked.gate.mkdir()
    operation = (await asked.ask("slow", "enable")).json()["id"]
    await asked.reaches_the_gate()
    cancel = f"/api/v1/hub/operations/{operation}/cancel"
    assert (await asked.running.as_superuser.post(cancel)).status_code == 202
    told = await asked.ended(operation)
    assert (told["outcome"], told["status"], told["number"]) == ("cancelled", "ended", 2)
    assert asked.journal()[-1] == ("enable", "undone")
    assert "slow" not in asked.states()
    late = await asked.running.as_superuser.post(cancel)
    assert (late.status_code, late.json()["code"]) == (409, "operation_ended")
    by_hand = (await asked.running.as_superuser.get("/api/v1/hub/operations")).json()[-1]
    assert (by_hand["action"], by_hand["number"], by_hand["outcome"]) == ("up", 1, "done")
    rows = {(row.action, row.outcome, *row.modules) for row in asked.audit() if row.attempt == operation}
    ended = {("enable", "asked", "slow"), ("enable", "begun", "slow"), ("enable", "undone", "slow")}
    assert rows == {*ended, ("cancel", "answered", "slow"), ("cancel", "refused", "slow")}


async def test_who_waits_for_its_turn_is_cancelled_before_it_began(asked: AskedHub) -> None:
    file = EventFile.of(asked.running.inner.settings, "none")
    file.path.parent.mkdir()
    turn = lock_or_none(Attended(file).turn)
    assert turn is not None
    second = (await asked.ask("shop", "disable")).json()["id"]
    path = f"/api/v1/hub/operations/{second}"
    file = EventFile.of(asked.running.inner.settings, second)
    await eventually(lambda: any(event["kind"] == "waiting" for event in file.since()))
    told = (await asked.running.as_superuser.get(path)).json()
    assert (told["status"], told["number"]) == ("asked", None)
    assert (await asked.running.as_superuser.post(f"{path}/cancel")).status_code == 202
    assert (await asked.ended(second))["outcome"] == "cancelled"
    third = (await asked.ask("shop", "disable")).json()["id"]
    os.close(turn)
    assert (await asked.ended(third))["outcome"] == "done"
    assert asked.journal() == [("up", "done"), ("disable", "done")]


async def test_who_asks_while_a_migration_writes_is_heard(asked: AskedHub) -> None:
    """On SQLite it holds the write lock for longer than a writer waits."""
    asked.gate.mkdir()
    first = (await asked.ask("slow", "enable")).json()["id"]
    await asked.reaches_the_gate()
    second = asyncio.create_task(asked.ask("shop", "disable"))
    await asyncio.sleep(BUSY_SECONDS + 1)
    (asked.gate / "free").touch()
    assert (await asked.ended(first))["outcome"] == "done"
    assert (await asked.ended((await second).json()["id"]))["outcome"] == "done"
    assert asked.journal() == [("up", "done"), ("enable", "done"), ("disable", "done")]


async def test_an_operation_whose_processes_are_killed_is_undone_and_told(asked: AskedHub) -> None:
    asked.gate.mkdir()
    operation = (await asked.ask("slow", "enable")).json()["id"]
    await asked.reaches_the_gate()
    assert kill_processes_of(operation) >= 2
    assert asked.journal()[-1] == ("enable", None)
    told = await asked.ended(operation)
    assert (told["outcome"], told["problem"]["code"]) == ("undone", "operation_died")
    assert asked.journal()[-1] == ("enable", "undone")
    assert "slow" not in asked.states()


async def test_one_that_is_carried_out_on_another_machine_is_not_touched_here(asked: AskedHub) -> None:
    operation = uuid7().hex
    with connect(parse_url(asked.url)) as connection:
        store_request(
            connection,
            RequestRow(
                id=operation, action="disable", module="shop", options={}, command=("disable", "shop"),
                principal="superuser", address=None, host="elsewhere.example", digest="0" * 64,
            ),
        )  # fmt: skip
        connection.commit()
    path = f"/api/v1/hub/operations/{operation}"
    told = (await asked.running.as_superuser.get(path)).json()
    assert (told["status"], told["host"], told["events"]) == ("asked", "elsewhere.example", [])
    cancel = await asked.running.as_superuser.post(f"{path}/cancel")
    assert (cancel.status_code, cancel.json()["code"]) == (409, "operation_elsewhere")
    assert cancel.json()["host"] == "elsewhere.example"
    assert asked.states()["shop"] == "enabled"
    assert [*processes_of(operation)] == []


async def test_who_reads_on_behind_the_end_is_told_that_it_has_ended(asked: AskedHub) -> None:
    told = await asked.done("shop", "disable")
    events = f"/api/v1/hub/operations/{told['id']}/events"
    for last in (told["events"][-1]["number"], 900):
        answer = await asked.running.as_superuser.get(events, headers={"Last-Event-ID": str(last)})
        assert answer.text.count("event: ") == answer.text.count("event: end") == 1


async def test_a_look_ends_before_the_process_that_was_asked(asked: AskedHub) -> None:
    """Else the server would end it with an answer that says nothing."""
    asked.running.inner.draining = True
    found = await look(asked.running.inner, ("serve", "--port", "0"))
    assert found.failure is not None
    assert found.failure["code"] == "hub_replaced"


async def test_what_cannot_be_is_told_with_its_remedy(asked: AskedHub) -> None:
    assert (await asked.done("till", "enable"))["outcome"] == "done"
    told = await asked.done("shop", "disable")
    assert (told["outcome"], told["problem"]["code"]) == ("refused", "module_still_required")
    assert told["problem"]["remedy"]
    row = asked.audit()[-1]
    assert (row.outcome, row.code, row.channel, row.actor) == ("refused", "module_still_required", "http", "superuser")
    preview = await asked.running.as_superuser.post("/api/v1/modules/shop/disable?dry_run=true")
    assert (preview.status_code, preview.json()["code"]) == (409, "module_still_required")
    assert preview.json()["remedy"]
    assert (await asked.done("shop", "disable", {"cascade": True}))["outcome"] == "done"
    assert (await asked.done("shop", "disable"))["outcome"] == "nothing_to_do"


async def test_only_the_module_that_was_named_is_installed(asked: AskedHub) -> None:
    """The distribution is there, and brings another one."""
    told = {"distribution": "sample-slow"}
    looked = await asked.running.as_superuser.post("/api/v1/modules/ghost/install?dry_run=true", json=told)
    assert (looked.status_code, looked.json()["code"]) == (409, "module_not_brought")
    done = await asked.done("ghost", "install", told)
    assert (done["outcome"], done["problem"]["code"]) == ("refused", "module_not_brought")
    assert "slow" not in asked.states()
    assert (await asked.done("slow", "install", told))["outcome"] == "done"
