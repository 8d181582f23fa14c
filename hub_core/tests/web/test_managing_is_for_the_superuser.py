"""Who may not manage modules is refused before anything is read, and written down; the log only grows; nothing is answered by a bug."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from schemathesis import Case, GenerationMode
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub_core.database import connect, parse_url
from hub_core.tests.sample_modules import SampleModules
from hub_core.tests.web.asked_hub import AskedHub, asked_hub
from hub_core.tests.web.test_generated_requests import cases, labels, manages, text_of

pytestmark = pytest.mark.timeout(1800)
EXAMPLES = int(os.environ.get("HUB_TEST_EXAMPLES", "3"))
"""Of each operation that starts a process, which takes a second."""


@pytest.fixture
async def asked(
    tmp_path: Path, database_url: str, samples: SampleModules, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AskedHub]:
    (tmp_path / "wheels").mkdir()
    monkeypatch.setenv("HUB_WHEELHOUSE", str(tmp_path / "wheels"))
    async with asked_hub(tmp_path, database_url, samples, monkeypatch, "shop") as hub:
        yield hub


async def test_a_refusal_comes_before_the_body_is_read_and_is_written_down(asked: AskedHub) -> None:
    path, broken = "/api/v1/modules/shop/disable", {"content": b"{", "headers": {"Content-Type": "application/json"}}
    somebody = asked.running.as_principal("hub.modules.read")
    assert (await asked.running.client.post(path, **broken)).status_code == 401  # type: ignore[arg-type]
    before = len(asked.audit())
    assert (await somebody.post(path, **broken)).status_code == 403  # type: ignore[arg-type]
    assert (await asked.running.as_superuser.post(path, **broken)).status_code == 422  # type: ignore[arg-type]
    wrong_bodies: tuple[Any, ...] = ({"cascade": "perhaps"}, {"cascades": True}, [], "shop")
    for wrong in wrong_bodies:
        assert (await asked.ask("shop", "disable", wrong)).status_code == 422
    assert (await asked.ask("shop", "install", {"version": "-e ."})).status_code == 422
    assert (await asked.ask("nobody", "disable")).json()["code"] == "module_unknown"
    refused, *others = asked.audit()[before:]
    assert (refused.outcome, refused.code, refused.action) == ("refused", "permission_missing", "disable")
    assert (refused.actor.partition("-")[0], refused.modules, refused.address) == ("somebody", ["shop"], "127.0.0.1")
    assert [(row.outcome, row.code) for row in others] == [
        *[("refused", "validation_failed")] * 6,
        ("refused", "module_unknown"),
    ]


async def test_what_only_looks_is_told_and_written_down(asked: AskedHub) -> None:
    client = asked.running.as_superuser
    found = (await client.get("/api/v1/modules/shop/validate")).json()
    assert [module["name"] for module in found["modules"]] == ["shop"]
    assert (await asked.done("slow", "enable"))["outcome"] == "done"
    schema = (await client.get("/api/v1/modules/slow/schema")).json()
    assert (schema["revision"], schema["tables"]) == ("slow_1", ["slow_alembic_version", "slow_item"])
    assert schema["differences"] is not None or schema["problem"] is not None
    ran = (await client.get("/api/v1/modules/slow/migrations")).json()
    assert [(each["to"], each["outcome"]) for each in ran["migrations"]] == [("slow_1", "done")]
    assert (await client.get("/api/v1/modules/nobody/schema")).status_code == 404
    preview = await client.post("/api/v1/modules/slow/uninstall?dry_run=true", json={"data": "purge"})
    assert [step["kind"] for step in preview.json()["steps"]] == ["disable", "uninstall"]
    rows = [(row.action, row.outcome) for row in asked.audit() if row.channel == "http"]
    assert rows == [
        ("validate", "answered"),
        *[("enable", outcome) for outcome in ("asked", "begun", "done")],
        ("schema", "answered"),
        ("migrations", "answered"),
        ("schema", "refused"),
        ("uninstall", "previewed"),
    ]
    begun = next(row for row in asked.audit() if (row.action, row.outcome) == ("enable", "begun"))
    assert (begun.modules, begun.operation, len(begun.hashes["slow"])) == (["slow"], 2, 64)


async def test_no_row_of_the_audit_log_is_ever_changed(asked: AskedHub) -> None:
    before = asked.audit()
    assert [(row.action, row.outcome, row.modules) for row in before] == [
        ("up", "begun", ["shop"]),
        ("up", "done", ["shop"]),
    ]
    statements = ["UPDATE hub_audit SET actor = 'nobody'", "DELETE FROM hub_audit"]
    if asked.url.startswith("postgresql"):
        statements.append("TRUNCATE hub_audit")
    else:
        statements.append("INSERT OR REPLACE INTO hub_audit SELECT * FROM hub_audit")
    for statement in statements:
        with connect(parse_url(asked.url)) as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(statement))
    assert asked.audit() == before


async def test_no_generated_look_is_answered_by_a_bug(asked: AskedHub) -> None:
    nobody, somebody = asked.running.client, asked.running.as_principal("shop.*")
    answered = set()
    for case in await managing(asked, EXAMPLES):
        for client, refused in ((nobody, 401), (somebody, 403)):
            assert (await sent(client, case)).status_code in (refused, 404, 405)
        answered.add(await answered_well(asked, case))
    assert answered >= {200, 404, 422}
    assert asked.journal() == [("up", "done")], "all of it was a look"


async def test_no_generated_operation_ends_in_a_bug(asked: AskedHub) -> None:
    """Each is carried out, one behind the other, and the hub serves all the while."""
    assert (await asked.done("shop", "backup"))["outcome"] == "done"
    answered = {
        await answered_well(asked, case, dry_run="false") for case in await managing(asked, max(1, EXAMPLES // 3))
    }
    assert answered >= {202, 404, 422}
    listed = (await asked.running.as_superuser.get("/api/v1/hub/operations?limit=200")).json()
    ended = [await asked.ended(each["id"]) for each in listed]
    assert {each["outcome"] for each in ended} <= {"done", "nothing_to_do", "refused", "undone", "cancelled"}, ended
    assert (await asked.running.as_superuser.get("/api/v1/modules")).status_code == 200


async def managing(asked: AskedHub, examples: int) -> list[Case[Any]]:
    """So many right and so many wrong requests to each address of the management API."""
    document = (await asked.running.client.get("/openapi.json")).text
    found = [label for label in labels(document) if manages(label)]
    assert len(found) == 20
    return [case for label in found for mode in GenerationMode for case in cases(document, label, mode)[:examples]]


async def answered_well(asked: AskedHub, case: Case[Any], **query: str) -> int:
    """By no bug, and what is refused as problem details."""
    answer = await sent(asked.running.as_superuser, case, **query)
    assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text[:1000]}"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code


async def sent(client: httpx2.AsyncClient, case: Case[Any], dry_run: str = "true") -> httpx2.Response:
    """As it was thought of, half of the times about a module that there is."""
    path = case.formatted_path
    if len(text_of(case.body)) % 2 == 0 and (parameters := case.path_parameters) and "name" in parameters:
        path = case.path.replace("{name}", "shop")
    query = {name: value for name, value in (case.query or {}).items() if value is not None}
    given = {"Content-Type": case.media_type or "application/json", **dict(case.headers or {})}
    given = {name: value for name, value in given.items() if name.lower() != "authorization"}
    return await client.request(
        case.method,
        path,
        params={**query, "dry_run": dry_run} if case.method == "POST" else query,
        headers=[(str(name).encode(), str(value).encode()) for name, value in given.items()],
        content=text_of(case.body).encode(),
    )
