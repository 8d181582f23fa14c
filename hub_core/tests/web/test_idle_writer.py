"""On SQLite one transaction writes at a time: a module that keeps it and does nothing stops no other, and is named."""

import asyncio
import re
from pathlib import Path

import pytest

from hub_core.database import sqlite_writer
from hub_core.tests.runtime.test_one_module_fails import brought_up, write_and_read_a_note
from hub_core.tests.sample_hub import only
from hub_core.tests.sample_modules import SampleModules

ROUTES = """
    import asyncio
    from fastapi import APIRouter
    from hub_hookspecs import current_session
    from hub_hookspecs.web import public
    from sqlalchemy import text

    router = APIRouter(dependencies=[public()])

    @router.post("/idle")
    async def idle() -> str:
        await current_session().execute(text("INSERT INTO shop_item VALUES (1)"))
        await asyncio.sleep(3)
        await current_session().execute(text("INSERT INTO shop_item VALUES (2)"))
        return "kept"

    @router.post("/busy")
    async def busy() -> str:
        for number in range(30):
            await current_session().execute(text(f"INSERT INTO shop_item VALUES ({10 + number})"))
            await asyncio.sleep(0.1)
        return "kept"

    @router.get("/items")
    async def items() -> list[int]:
        return list(await current_session().scalars(text("SELECT id FROM shop_item ORDER BY id")))
"""
FIRST = """
    import sqlalchemy as sa
    from alembic import op

    revision = "shop_0001"
    down_revision = None

    def upgrade() -> None:
        op.create_table("shop_item", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.fixture(autouse=True)
def shop_beside_notes(samples: SampleModules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that can be slow in a transaction."""
    samples.install("shop", {"migrations/versions/shop_0001.py": FIRST, "routes/api/shop.py": ROUTES})
    only(tmp_path, "notes", "shop")
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.6)
    monkeypatch.setattr(sqlite_writer, "EVERY_SECONDS", 0.1)


@pytest.mark.parametrize(("way", "status", "kept"), [("idle", 503, []), ("busy", 200, list(range(10, 40)))])
async def test_one_that_idles_while_others_wait_is_rolled_back_and_one_that_works_is_not(
    tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture, way: str, status: int, kept: list[int]
) -> None:
    async with brought_up(tmp_path, database_url) as (_, client):
        await write_and_read_a_note(client)
        assert (await client.get("/api/v1/shop/items")).json() == []
        slow = asyncio.create_task(client.post(f"/api/v1/shop/{way}"))
        await asyncio.sleep(0.3)
        began = asyncio.get_running_loop().time()
        await write_and_read_a_note(client)
        waited = asyncio.get_running_loop().time() - began
        answer = await slow
        if database_url.startswith("postgresql"):
            assert (answer.status_code, waited < 1) == (200, True), "rows are locked there, not the file"
            return
        assert waited < 2 or way == "busy"
        assert answer.status_code == status, answer.text
        assert (await client.get("/api/v1/shop/items")).json() == kept
        await write_and_read_a_note(client)
    told = [line.getMessage() for line in caplog.records if line.name == sqlite_writer.__name__]
    assert re.fullmatch(r"shop has had SQLite's only write transaction for \d s; who writes waits for it", told[0])
    assert [("rolled back" in line) for line in told[1:]] == ([True] if way == "idle" else [])


async def test_one_that_nobody_waits_for_may_take_its_time(
    tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with brought_up(tmp_path, database_url) as (_, client):
        assert (await client.post("/api/v1/shop/idle")).json() == "kept"
        assert (await client.get("/api/v1/shop/items")).json() == [1, 2]
    assert not [line for line in caplog.records if line.name == sqlite_writer.__name__]
