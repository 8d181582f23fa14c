"""A module that fails late (its migration, its settings, its part of OpenAPI) fails alone, and a mended release comes up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import inspect, text

from hub_core.database import Database, connect, parse_url
from hub_core.operations.standing_to_serve import standing_to_serve
from hub_core.operations.up import up
from hub_core.runtime import Hub
from hub_core.settings import read_settings
from hub_core.tests.sample_hub import Sample, only, sample_hub
from hub_core.tests.sample_modules import SampleModules
from hub_core.web import application

FIRST = """
    import sqlalchemy as sa
    from alembic import op

    revision = "shop_0001"
    down_revision = None

    def upgrade() -> None:
        op.create_table("shop_item", sa.Column("id", sa.Integer, primary_key=True))
        op.execute("INSERT INTO shop_item VALUES (7)")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "shop_0002"
down_revision = "shop_0001"

def upgrade() -> None:
    op.create_table("shop_more", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("shop_item", sa.Column("price", sa.Integer))
    op.execute("UPDATE shop_item SET price = 5")
"""
ROUTES = """
    from fastapi import APIRouter
    from hub_hookspecs.web import public
    router = APIRouter(dependencies=[public()])
    @router.get("/open")
    async def is_open() -> bool:
        return True
"""


@asynccontextmanager
async def brought_up(folder: Path, url: str) -> AsyncIterator[tuple[Hub, httpx2.AsyncClient]]:
    """``hub up`` in a folder where it may have been before: the hub and the superuser's client."""
    settings = read_settings(folder, database_url=url, log_requests=False)
    raised = up(settings, agree=lambda plan: None, on_revision=lambda run: None, with_new_token=True)
    assert raised.token is not None
    hub = Hub(settings, Database(parse_url(url)), raised.standing)
    transport = httpx2.ASGITransport(app=application(hub))
    headers = {"Authorization": f"Bearer {raised.token.text}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://hub.test", headers=headers) as client:
        await hub.start()
        yield hub, client
        await hub.stop()


async def write_and_read_a_note(client: httpx2.AsyncClient) -> None:
    written = await client.post("/api/v1/notes/notes", json={"title": "still", "text": "here"})
    assert written.status_code == 201, written.text
    assert (await client.get(f"/api/v1/notes/notes/{written.json()['id']}")).json() == written.json()


def tables(url: str) -> dict[str, list[str]]:
    """The module's tables with their columns."""
    with connect(parse_url(url)) as connection:
        found = inspect(connection)
        names = [name for name in found.get_table_names() if name.startswith("shop_")]
        return {name: sorted(column["name"] for column in found.get_columns(name)) for name in names}


async def test_a_revision_that_raises_leaves_its_module_as_it_was_until_a_mended_one_comes(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    folder = samples.install("shop", {"migrations/versions/shop_0001.py": FIRST, "routes/api/shop.py": ROUTES})
    only(tmp_path, "notes", "shop")
    async with brought_up(tmp_path, database_url) as (_, client):
        assert (await client.get("/api/v1/shop/open")).json() is True
    before = tables(database_url)
    assert before == {"shop_item": ["id"], "shop_alembic_version": ["version_num"]}

    second = folder / "migrations" / "versions" / "shop_0002.py"
    second.write_text(f"{SECOND}    raise ZeroDivisionError('half way')\n")
    samples.forget()
    async with brought_up(tmp_path, database_url) as (hub, client):
        failure = hub.failures()["shop"]
        assert (failure.condition, failure.reason.code) == ("failed", "failed_migration")
        assert (await client.get("/api/v1/shop/open")).status_code == 503
        assert (await client.get("/health/ready")).json()["status"] == "degraded"
        listed = (await client.get("/api/v1/modules/shop")).json()
        assert "half way" not in str(listed)
        await write_and_read_a_note(client)
        assert tables(database_url) == before
        served, errors = standing_to_serve(hub.settings)
        assert [each.name for each in served.ready] == ["notes"]
        assert [error.phase for error in errors] == ["pending changes"]

    second.write_text(SECOND)
    samples.forget()
    async with brought_up(tmp_path, database_url) as (hub, client):
        assert hub.failures() == {}
        assert (await client.get("/api/v1/shop/open")).json() is True
        await write_and_read_a_note(client)
        async with hub.database.session() as session:
            assert (await session.execute(text("SELECT id, price FROM shop_item"))).all() == [(7, 5)]
    assert tables(database_url)["shop_item"] == ["id", "price"]


async def test_files_that_are_older_than_the_tables_are_not_run_on_them(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    files = {"migrations/versions/shop_0001.py": FIRST, "migrations/versions/shop_0002.py": SECOND}
    folder = samples.install("shop", {**files, "routes/api/shop.py": ROUTES})
    only(tmp_path, "notes", "shop")
    async with brought_up(tmp_path, database_url) as (_, client):
        assert (await client.get("/api/v1/shop/open")).json() is True
    newer = tables(database_url)

    second = folder / "migrations" / "versions" / "shop_0002.py"
    second.unlink()
    samples.forget()
    async with brought_up(tmp_path, database_url) as (_, client):
        listed = (await client.get("/api/v1/modules/shop")).json()
        assert (listed["state"], listed["conditions"]) == ("enabled", ["blocked"])
        assert [reason["code"] for reason in listed["reasons"]] == ["schema_newer"]
        assert (await client.get("/api/v1/shop/open")).status_code == 503
        await write_and_read_a_note(client)
    assert tables(database_url) == newer

    second.write_text(SECOND)
    async with brought_up(tmp_path, database_url) as (_, client):
        assert (await client.get("/api/v1/shop/open")).json() is True


async def test_two_modules_with_one_revision_id_are_refused_and_the_others_serve(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    for name in ("shop", "till"):
        samples.install(name, {f"migrations/versions/{name}_first.py": FIRST, "routes/api/shop.py": ROUTES})
    only(tmp_path, "notes", "shop", "till")
    async with brought_up(tmp_path, database_url) as (hub, client):
        reasons = {line.name: line.reasons for line in hub.listing() if line.reasons and line.name in ("shop", "till")}
        for name in ("shop", "till"):
            (reason,) = reasons[name]
            assert reason.code == "revision_clash"
            assert "shop_first.py of shop" in reason.text
            assert "till_first.py of till" in reason.text
            assert (await client.get(f"/api/v1/{name}/open")).status_code == 503
        await write_and_read_a_note(client)
    assert tables(database_url) == {}


LATE = {
    "revisions with two heads": (
        {"migrations/versions/shop_0001.py": FIRST, "migrations/versions/b.py": FIRST.replace("0001", "0002")},
        "migrations_invalid",
    ),
    "a revision that is no Python": ({"migrations/versions/shop_0001.py": "def"}, "migrations_invalid"),
    "a folder of its own with two heads": (
        {
            "__init__.py": """
                from pathlib import Path
                from hub_hookspecs import hookimpl
                @hookimpl
                def hub_migrations():
                    return Path(__file__).parent / "own"
            """,
            "own/a.py": FIRST,
            "own/b.py": FIRST.replace("0001", "0002"),
        },
        "failed_migrations",
    ),
    "a settings validator that has a bug": (
        {
            "config.py": """
                from pydantic import BaseModel, model_validator
                class Settings(BaseModel):
                    @model_validator(mode="before")
                    @classmethod
                    def check(cls, values):
                        return values["nothing"]
            """
        },
        "failed_settings",
    ),
}


@pytest.mark.parametrize("fault", LATE)
async def test_what_is_wrong_on_disk_fails_that_module_alone(fault: str, tmp_path: Path) -> None:
    files, code = LATE[fault]
    async with sample_hub(tmp_path, {"shop": Sample({**files, "routes/api/shop.py": ROUTES})}, also=("notes",)) as hub:
        (line,) = (line for line in hub.inner.listing() if line.name == "shop")
        assert [reason.code for reason in line.reasons] == [code]
        assert (await hub.client.get("/api/v1/shop/open")).status_code == 503
        await write_and_read_a_note(hub.as_superuser)


async def test_a_module_whose_api_cannot_be_described_is_left_out_of_the_description_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    indescribable = """
    from collections.abc import Callable
    from pydantic import BaseModel
    class Wanted(BaseModel):
        call: Callable[[], None] = print
    @router.post("/wanted")
    async def wanted(body: Wanted) -> None: ...
    """
    modules = {
        "shop": Sample({"routes/api/shop.py": ROUTES + indescribable}),
        "fine": Sample({"routes/api/a.py": ROUTES}),
    }
    async with sample_hub(tmp_path, modules) as hub:
        answer = await hub.client.get("/openapi.json")
        assert answer.status_code == 200
        assert "/api/v1/fine/open" in answer.json()["paths"]
        assert "shop is left out of OpenAPI" in caplog.text
        assert (await hub.client.get("/api/v1/shop/open")).json() is True
