"""Modules wrap a route of another: behind its guard, in load order, each on its own account."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hub_hookspecs import uuid7
from openapi_spec_validator import validate
from sqlalchemy import text

from hub_core.testing.running_hub import RunningHub, running_hub
from hub_core.tests.extending_modules import SHOP, adding, wrapper
from hub_core.tests.sample_hub import Sample, only, sample_hub
from hub_core.tests.sample_modules import SampleModules
from hub_core.web.guarded_routes import GuardedRoute
from hub_core.web.module_application import ModuleFace

ITEM, ITEMS = "/api/v1/shop/items/lamp", "/api/v1/shop/items"
RAISES = "async def wrap(request, call_next):\n    {before}\n    answer = await call_next()\n    {after}\n    return answer\n"
BUG = "raise ZeroDivisionError"
SQL = "from sqlalchemy import text; await current_session().execute(text('SELECT * FROM nowhere'))"

pytestmark = pytest.mark.anyio


def hub_with(folder: Path, hub_table: str = "", **wrappers: Sample) -> Any:
    return sample_hub(folder, {"shop": SHOP, **wrappers}, hub_table=hub_table, preload=False)


async def shown(hub: RunningHub) -> Mapping[str, Any]:
    answer = await hub.as_superuser.get(ITEM)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_several_wrap_one_route_in_load_order_the_last_one_outermost(tmp_path: Path) -> None:
    inner = wrapper(adding("inner"), after='"zeta"')
    async with hub_with(tmp_path, zeta=wrapper(adding("first")), alpha=inner) as hub:
        answer = await hub.as_superuser.get(ITEM)
        assert answer.text == '{"name":"lamp","first":"yes","inner":"yes"}'
        assert answer.headers["content-length"] == str(len(answer.content))
        assert list(hub.inner.modules) == ["shop", "zeta", "alpha"]
        document = (await hub.client.get("/openapi.json")).json()
        validate(document)
        schema = document["paths"]["/api/v1/shop/items/{name}"]["get"]["responses"]["200"]["content"][
            "application/json"
        ]
        names = [each["$ref"].rpartition("/")[2] for each in schema["schema"]["allOf"]]
        assert names == ["shop.Shown", "zeta.Adds", "alpha.Adds"]


async def test_a_wrapper_runs_behind_the_guard_of_the_route(tmp_path: Path) -> None:
    source = "calls = []\nasync def wrap(request, call_next):\n    calls.append(1)\n    return await call_next()\n"
    async with hub_with(tmp_path, open=wrapper(source)) as hub:
        assert (await hub.client.get(ITEM)).status_code == 401
        assert (await hub.as_principal("open.anything").get(ITEM)).status_code == 403
        import sample_open  # type: ignore[import-not-found]

        assert sample_open.calls == [], "nothing of it was asked"
        assert (await hub.as_principal("shop.item.read").get(ITEM)).status_code == 200
        assert sample_open.calls == [1]


@pytest.mark.parametrize(
    "source",
    [
        RAISES.format(before=BUG, after="pass"),
        RAISES.format(before=SQL, after="pass"),
        RAISES.format(before="pass", after=BUG),
        RAISES.format(before="pass", after=SQL),
        RAISES.format(before="await __import__('asyncio').sleep(60)", after="pass"),
        RAISES.format(before="pass", after="await __import__('asyncio').sleep(60)"),
        RAISES.format(before="pass", after="return 'no response'"),
        RAISES.format(before="pass", after="await call_next()"),
        RAISES.format(before="raise SystemExit", after="pass"),
    ],
    ids=["before", "sql before", "after", "sql after", "slow before", "slow after", "wrong", "twice", "exit"],
)
async def test_one_that_fails_is_left_out_of_what_only_reads_and_it_counts_as_its_own_failure(
    tmp_path: Path, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hub_with(tmp_path, "override_seconds = 0.3", bad=wrapper(source)) as hub:
        assert await shown(hub) == {"name": "lamp"}
        assert hub.inner.meters["bad"].bugs == 1
        assert hub.inner.meters["shop"].bugs == 0
        health = (await hub.client.get("/health/modules/bad")).json()
        assert health["status"] == "degraded"
        assert health["detail"].startswith("its override of shop:show_item failed (")
        assert (await hub.client.get("/health/modules/shop")).json()["status"] == "healthy"
        told = [record.message for record in caplog.records if record.name == "hub_core.web.route_wrapping"]
        assert told == ["bad: its override of shop:show_item failed"]


@pytest.mark.parametrize("source", [RAISES.format(before=BUG, after="pass"), RAISES.format(before="pass", after=BUG)])
async def test_one_that_fails_undoes_what_was_to_be_changed(tmp_path: Path, source: str) -> None:
    async with hub_with(tmp_path, bad=wrapper(source, route="add_item")) as hub:
        answer = await hub.client.post(ITEMS, json={"name": "lamp"})
        assert (answer.status_code, answer.json()["code"]) == (500, "route_override_failed")
        assert answer.json()["detail"] == (
            "bad wraps this route and failed; nothing was changed. The log has it under the request id"
        )
        assert (await hub.client.get(ITEMS)).json() == []
        assert hub.inner.meters["bad"].bugs == 1


WRITES = 'from sqlalchemy import text; await current_session().execute(text("INSERT INTO bad_log VALUES (1)"))'
ADDS = "from sample_bad.log import Log; session = current_session(); session.add(Log(id=7))"
MODEL = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase): ...
class Log(Base):
    __tablename__ = "bad_log"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
LOG = """
import sqlalchemy as sa
from alembic import op
revision = "bad_1"
down_revision = None
def upgrade():
    op.create_table("bad_log", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO bad_log VALUES (7)")
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SQL, "pass"),
        ("pass", SQL),
        (BUG, "pass"),
        (WRITES, BUG),
        ("pass", ADDS),
        ("pass", f"{ADDS}; await session.flush()"),
    ],
    ids=["sql", "late sql", "bug", "writes", "adds", "flushes"],
)
async def test_the_transaction_of_the_route_is_whole_whatever_a_wrapper_does(
    samples: SampleModules, database_url: str, tmp_path: Path, before: str, after: str
) -> None:
    """On PostgreSQL one statement that fails makes all later ones of the transaction fail."""
    hooks = "\n@hookimpl\ndef hub_route_overrides():\n    return [RouteOverride(route=f'shop:{name}', wrap=wrap) for name in ('list_items', 'add_item')]\n"
    overrides = '[[overrides]]\nroute = "shop:list_items"\n[[overrides]]\nroute = "shop:add_item"\n'
    source = f"from hub_hookspecs import *\nfrom hub_hookspecs import hookimpl\n{RAISES.format(before=before, after=after)}{hooks}"
    samples.install("shop", SHOP.files, manifest=SHOP.manifest)
    files = {"__init__.py": source, "log.py": MODEL, "migrations/versions/bad_1.py": LOG}
    samples.install("bad", files, manifest=overrides, requires=("sample-shop",))
    only(tmp_path, "shop", "bad")
    async with running_hub(tmp_path, database_url, {}) as hub:
        async with hub.inner.database.session() as session:
            await session.execute(text("INSERT INTO shop_item VALUES (:id, 'table')"), {"id": uuid7().hex})
        for _ in range(2):
            assert (await hub.client.get(ITEMS)).json() == ["table"]
        answer = await hub.client.post(ITEMS, json={"name": "lamp"})
        assert (answer.status_code, answer.json()["code"]) == (500, "route_override_failed")
        async with hub.inner.database.session() as session:
            assert await session.scalar(text("SELECT count(*) FROM shop_item")) == 1
            assert await session.scalar(text("SELECT count(*) FROM bad_log")) == 1
        assert (hub.inner.meters["bad"].bugs, hub.inner.meters["shop"].bugs) == (3, 0)


REFUSES = """
class Closed(Conflict):
    code = "closed"
async def wrap(request, call_next):
    body = await request.json()
    answer = await call_next()
    if body["name"] == "forbidden":
        raise Closed("not this one")
    return answer
"""


async def test_a_refusal_is_told_in_the_name_of_the_wrapper_and_undoes_the_change(tmp_path: Path) -> None:
    async with hub_with(tmp_path, picky=wrapper(REFUSES, route="add_item")) as hub:
        answer = await hub.client.post(ITEMS, json={"name": "forbidden"})
        assert (answer.status_code, answer.json()["code"]) == (409, "picky.closed")
        assert (await hub.client.post(ITEMS, json={"name": "lamp"})).status_code == 200, "both read the body"
        assert (await hub.client.get(ITEMS)).json() == ["lamp"]
        assert hub.inner.meters["picky"].bugs == 0


async def test_what_the_route_raises_cannot_be_kept_back(tmp_path: Path) -> None:
    swallows = """
from fastapi import Response
async def wrap(request, call_next):
    try:
        return await call_next()
    except Exception:
        return Response("all is well")
"""
    async with hub_with(tmp_path, silent=wrapper(swallows)) as hub:
        answer = await hub.as_superuser.get(f"{ITEMS}/nothing")
        assert (answer.status_code, answer.json()["code"]) == (404, "shop.unknown")


async def test_a_wrapper_has_the_caller_the_transaction_and_its_own_settings_and_name(tmp_path: Path) -> None:
    source = """
from hub_hookspecs.host import call
from hub_hookspecs.web import module_settings, with_fields
class Adds(BaseModel):
    seen: list[str]
async def wrap(request, call_next):
    settings = await module_settings(request)
    before = current_session()
    answer = await call_next()
    seen = [call().module, call().principal.id, settings.word, str(before is current_session()), request.path_params["name"]]
    return with_fields(answer, Adds(seen=seen))
"""
    sample = wrapper(source)
    config = 'from pydantic import BaseModel\nclass Settings(BaseModel):\n    word: str = "hello"\n'
    asks = Sample(files={**sample.files, "config.py": config}, manifest=sample.manifest, requires=sample.requires)
    async with hub_with(tmp_path, asks=asks) as hub:
        seen = (await shown(hub))["seen"]
        assert (seen[0], seen[2], seen[3], seen[4]) == ("asks", "hello", "True", "lamp")
        assert seen[1]


FAILS = "\n@hookimpl\nasync def hub_lifespan(context):\n    raise RuntimeError('not today')\n    yield\n"


async def test_a_wrapper_that_does_not_start_is_as_one_that_is_not_there(tmp_path: Path) -> None:
    async with hub_with(
        tmp_path, tired=wrapper(adding("tired") + FAILS), fine=wrapper(adding("fine"), after='"tired"')
    ) as hub:
        assert hub.inner.modules["tired"].failure is not None
        assert await shown(hub) == {"name": "lamp", "fine": "yes"}
        schema = (await hub.client.get("/openapi.json")).json()["paths"]["/api/v1/shop/items/{name}"]["get"]
        assert "tired" not in str(schema)


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("show_itme", 'LookupError: shop has no route show_itme; did you mean "show_item"?'),
        ("twice", "LookupError: shop has 2 routes called twice, and an override is of one"),
    ],
)
async def test_a_route_that_is_not_there_fails_its_wrapper_and_the_owner_serves(
    tmp_path: Path, route: str, text: str
) -> None:
    async with hub_with(tmp_path, lost=wrapper(adding("lost"), route=route)) as hub:
        assert await shown(hub) == {"name": "lamp"}
        (error,) = hub.raised.errors
        assert error.code == "module_failed"
        assert text in str(error)
        (reason,) = next(line.reasons for line in hub.inner.listing() if line.name == "lost")
        assert reason.code == "failed_route_overrides"


async def test_routes_that_nobody_wraps_are_served_by_the_same_classes_as_ever(tmp_path: Path) -> None:
    async with hub_with(tmp_path, label=wrapper(adding("label"))) as hub:
        await shown(hub)
        routes = ModuleFace(hub.inner, hub.inner.modules["shop"]).application.routes
        wrapped = [
            route.name for route in routes if isinstance(route, GuardedRoute) and type(route) is not GuardedRoute
        ]
        assert wrapped == ["show_item"]


async def test_a_field_the_answer_has_already_is_never_replaced(tmp_path: Path) -> None:
    async with hub_with(tmp_path, greedy=wrapper(adding("name", "mine"))) as hub:
        assert await shown(hub) == {"name": "lamp"}
        assert hub.inner.meters["greedy"].bugs == 1


async def test_who_went_away_meanwhile_is_no_failure_of_the_wrapper(tmp_path: Path) -> None:
    slow = RAISES.format(before="await __import__('asyncio').sleep(60)", after="pass")
    async with hub_with(tmp_path, "override_seconds = 100", slow=wrapper(slow)) as hub:
        await hub.inner.first_use.need(hub.inner.modules["slow"])
        request = asyncio.ensure_future(hub.as_superuser.get(ITEM))
        await asyncio.sleep(0.2)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert hub.inner.meters["slow"].bugs == 0
