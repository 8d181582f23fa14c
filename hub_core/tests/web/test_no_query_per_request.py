"""The hub asks no database for what it answers itself, nor for letting a caller through: counted at the drivers."""

import asyncio
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx2
import pytest

from hub_core.runtime import following
from hub_core.testing.running_hub import RunningHub, running_hub
from hub_core.tests.driver_statements import driver_statements
from hub_core.tests.sample_modules import SampleModules

MANIFEST = '[[permissions]]\nname = "shop.item.read"\ntitle = "Read"\n'
ROUTES = """
    from fastapi import APIRouter
    from hub_hookspecs import current_session
    from hub_hookspecs.web import public, requires
    from sqlalchemy import text

    router = APIRouter()

    @router.get("/open", dependencies=[public()])
    async def open_to_all() -> str:
        return "open"

    @router.get("/guarded", dependencies=[requires("shop.item.read")])
    async def guarded() -> str:
        return "guarded"

    @router.get("/asks", dependencies=[public()])
    async def asks() -> int:
        return await current_session().scalar(text("SELECT 1"))
"""
TIMES = 20
REQUESTS: tuple[tuple[str, int, bool], ...] = (
    ("/api/v1/shop/open", 200, False),
    ("/api/v1/shop/open", 200, True),
    ("/api/v1/shop/guarded", 200, True),
    ("/api/v1/shop/guarded", 401, False),
    ("/api/v1/shop/unknown", 404, False),
    ("/api/v1/nothing/at/all", 404, False),
    ("/openapi.json", 200, False),
    ("/health/live", 200, False),
    ("/", 200, True),
)
"""Path, the answer's status, whether a token is sent."""

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def only_requests(samples: SampleModules, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module, and no reading of tokens in between: that is done every few seconds, however many requests there are."""
    samples.install("shop", {"routes/api/items.py": ROUTES}, manifest=MANIFEST)
    monkeypatch.setattr(following, "EVERY_SECONDS", 3600)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement of this process."""
    seen: list[str] = []
    with driver_statements(seen.append):
        yield seen


async def test_a_request_costs_no_query(database_url: str, tmp_path: Path, statements: list[str]) -> None:
    async with running_hub(tmp_path, database_url, {}, preload=False) as hub:
        await _asked(hub, "/api/v1/shop/asks", HTTPStatus.OK)  # the module comes up, and the pool has a connection
        asked = {}
        for case in REQUESTS:
            statements.clear()
            for _ in range(TIMES):
                await _asked(hub, *case)
            asked[case] = list(statements)
        assert not any(asked.values()), asked


async def test_a_route_that_asks_is_counted(database_url: str, tmp_path: Path, statements: list[str]) -> None:
    async with running_hub(tmp_path, database_url, {}) as hub:
        await _asked(hub, "/api/v1/shop/asks", HTTPStatus.OK)  # opens the connection
        statements.clear()
        for _ in range(TIMES):
            await _asked(hub, "/api/v1/shop/asks", HTTPStatus.OK)
        assert len(statements) >= TIMES


async def test_health_asks_the_database_once_a_second_for_all(
    database_url: str, tmp_path: Path, statements: list[str]
) -> None:
    async with running_hub(tmp_path, database_url, {}, preload=False) as hub:
        needed = []
        for times in (1, 1, TIMES):  # the first one opens the connection
            statements.clear()
            await asyncio.gather(*(_asked(hub, "/health/ready", HTTPStatus.OK) for _ in range(times)))
            needed.append(len(statements))
            await asyncio.sleep(1.1)
        assert needed[1] == needed[2] > 0


async def _asked(hub: RunningHub, path: str, status: int, with_token: bool = False) -> httpx2.Response:
    answer = await (hub.as_superuser if with_token else hub.client).get(path)
    assert answer.status_code == status, answer.text
    return answer
