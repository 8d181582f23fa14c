"""The whole hub as an archive and back over HTTP, and tables that move: what was asked for is known behind a restore, too."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.tests.sample_modules import SampleModules
from hub_core.tests.web.asked_hub import AskedHub, asked_hub

pytestmark = pytest.mark.timeout(600)
HUB = "/api/v1/hub"


@pytest.fixture
async def asked(
    tmp_path: Path, database_url: str, samples: SampleModules, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AskedHub]:
    async with asked_hub(tmp_path, database_url, samples, monkeypatch, "shop") as hub:
        assert (await hub.done("slow", "enable"))["outcome"] == "done"
        write(hub, "INSERT INTO slow_item VALUES (7)")
        yield hub


def write(asked: AskedHub, statement: str) -> None:
    with connect(parse_url(asked.url)) as connection:
        connection.execute(text(statement))
        connection.commit()


def items(asked: AskedHub) -> list[int]:
    with connect(parse_url(asked.url), read_only=True) as connection:
        return list(connection.scalars(text("SELECT id FROM slow_item")))


async def of_the_hub(asked: AskedHub, action: str, body: Any = None) -> Any:
    answer = await asked.running.as_superuser.post(f"{HUB}/{action}", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["module"] == "hub"
    return await asked.ended(answer.json()["id"])


async def test_the_whole_hub_is_archived_and_restored(asked: AskedHub) -> None:
    client = asked.running.as_superuser
    preview = (await client.post(f"{HUB}/backup?dry_run=true")).json()
    assert [step["text"] for step in preview["steps"]] == ["archive the whole hub"]
    made = await of_the_hub(asked, "backup")
    assert made["outcome"] == "done", made
    archived = [event for event in made["events"] if event["kind"] == "archiving"]
    assert [event["done"] for event in archived] == [*range(archived[0]["total"])], "one for each table"
    assert "slow_item" in {event["detail"]["table"] for event in archived}
    kept = {each["of"]: each for each in (await client.get(f"{HUB}/backups")).json()}
    assert kept["hub"]["file"] == Path(made["result"]["path"]).name
    assert kept["hub"]["kind"] == "archive"
    assert not kept["hub"]["encrypted"]

    write(asked, "UPDATE slow_item SET id = 8")
    told = {"file": kept["hub"]["file"]}
    looked = await client.post(f"{HUB}/restore?dry_run=true", json=told)
    assert "the whole hub" in looked.json()["steps"][0]["text"]
    assert any("the archive, which has 1 token;" in line for line in looked.json()["steps"][0]["impact"])
    assert items(asked) == [8]
    restored = await of_the_hub(asked, "restore", told)
    assert restored["outcome"] == "done", restored
    kinds = [event["kind"] for event in restored["events"]]
    assert kinds == ["asked", "started", "read", "backup", "read", "end"]
    read = [event for event in restored["events"] if event["kind"] == "read"]
    assert all(event["done"] == event["total"] > 0 for event in read)
    assert items(asked) == [7]
    assert (await client.get(f"{HUB}/operations/{made['id']}")).json()["outcome"] == "done"
    rows = [(row.action, row.outcome, row.modules) for row in asked.audit() if row.attempt == restored["id"]]
    assert rows[0] == ("restore", "asked", ["hub"])
    assert rows[-1][:2] == ("restore", "done")


async def test_an_archive_of_a_module_is_restored_as_that_module(asked: AskedHub) -> None:
    made = await asked.done("slow", "backup")
    write(asked, "UPDATE slow_item SET id = 8")
    told = {"file": Path(made["result"]["path"]).name}
    answer = await asked.running.as_superuser.post(f"{HUB}/restore", json=told)
    assert answer.json()["module"] == "slow"
    restored = await asked.ended(answer.json()["id"])
    assert (restored["outcome"], restored["module"], items(asked)) == ("done", "slow", [7])
    rows = [(row.outcome, row.modules) for row in asked.audit() if row.attempt == restored["id"]]
    assert rows == [("asked", ["slow"]), ("begun", ["slow"]), ("done", ["slow"])]


async def test_a_key_stands_for_its_request_when_module_and_file_are_gone(asked: AskedHub) -> None:
    made = await asked.done("slow", "backup")
    file = made["result"]["path"]
    asking: list[tuple[str, dict[str, str], str]] = [
        (f"{HUB}/restore", {"file": Path(file).name}, "back-1"),
        ("/api/v1/modules/slow/uninstall", {"data": "purge"}, "slow-leaves-1"),
    ]

    async def ask(path: str, body: dict[str, str], key: str) -> Any:
        answer = await asked.running.as_superuser.post(path, json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == 202, answer.text
        return answer.json()

    first = []
    for each in asking:
        first.append(await ask(*each))
        assert (await asked.ended(first[-1]["id"]))["outcome"] == "done"
    await asyncio.to_thread(Path(file).unlink)
    assert [await ask(*each) for each in asking] == first
    assert [row.outcome for row in asked.audit()[-2:]] == ["repeated", "repeated"]


async def test_a_file_that_is_not_listed_is_not_restored(asked: AskedHub) -> None:
    made = await asked.done("slow", "backup")
    archive = Path(made["result"]["path"])
    shutil.copy(archive, archive.with_name(f"mine{archive.suffix}"))
    listed = {each["file"] for each in (await asked.running.as_superuser.get(f"{HUB}/backups")).json()}
    assert archive.name in listed
    for file, status in ((f"mine{archive.suffix}", 404), (archive.name, 200)):
        answer = await asked.running.as_superuser.post(f"{HUB}/restore?dry_run=true", json={"file": file})
        assert answer.status_code == status, answer.text
    for file in listed:
        answer = await asked.running.as_superuser.post(f"{HUB}/restore?dry_run=true", json={"file": file})
        assert answer.json().get("code") != "not_found"


async def test_what_cannot_be_restored_is_told(asked: AskedHub) -> None:
    client = asked.running.as_superuser
    missing = await client.post(f"{HUB}/restore", json={"file": "hub-20260101T000000.000000Z.hubarchive"})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (await client.post(f"{HUB}/restore", json={"file": "../hub.db"})).status_code == 422
    assert (await asked.ask("hub", "backup")).status_code == 404, "no module is called so"
    assert (await asked.running.client.post(f"{HUB}/backup")).status_code == 401
    somebody = asked.running.as_principal("slow.*")
    assert (await somebody.post(f"{HUB}/backup")).status_code == 403
    assert (await somebody.get(f"{HUB}/backups")).status_code == 403
    refused = [(row.action, row.outcome, row.code) for row in asked.audit()[-5:]]
    assert refused == [
        ("restore", "refused", "not_found"),
        ("restore", "refused", "validation_failed"),
        ("backup", "refused", "module_unknown"),
        ("backup", "refused", "permission_missing"),
        ("backups", "refused", "permission_missing"),
    ]


async def test_tables_are_moved(asked: AskedHub) -> None:
    moved = await asked.done("slow", "move", {"placement": "schema"})
    if asked.url.startswith("sqlite"):
        assert (moved["outcome"], moved["problem"]["code"]) == ("refused", "placement_unsupported")
        return
    assert moved["outcome"] == "done"
    schema = (await asked.running.as_superuser.get("/api/v1/modules/slow/schema")).json()
    assert schema["placement"] == "schema"
    assert (await asked.done("slow", "move", {"placement": "schema"}))["outcome"] == "nothing_to_do"
