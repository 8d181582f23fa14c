"""Who holds the event loop is named, while it happens and after it."""

import asyncio
import time
from pathlib import Path

import pytest

from hub_core.tests.sample_hub import Sample, sample_hub

ROUTES = """
    import time
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/sleep")
    async def sleep(seconds: float) -> None:
        time.sleep(seconds)
"""


async def test_a_handler_that_sleeps_is_named_with_its_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    modules = {"shop": Sample({"routes/api/a.py": ROUTES}), "wiki": Sample({"routes/api/a.py": ROUTES})}
    async with sample_hub(tmp_path, modules) as hub:
        assert (await hub.client.get("/api/v1/shop/sleep?seconds=1.2")).status_code == 200
        await asyncio.sleep(0.5)
        watch = hub.inner.loop_watch
        assert watch is not None
        assert set(watch.blocking) == {"shop"}
        assert (watch.blocking["shop"].times, round(watch.blocking["shop"].longest)) == (1, 1)
    assert "shop blocks the event loop: sample_shop/routes/api/a.py:10 (sleep)" in caplog.text
    assert "shop blocked the event loop for 1." in caplog.text
    assert "wiki blocks" not in caplog.text


async def test_what_waits_without_holding_the_loop_is_not_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with sample_hub(tmp_path, {"shop": Sample({"routes/api/a.py": ROUTES})}) as hub:
        began = time.monotonic()
        await asyncio.sleep(1.2)
        assert time.monotonic() - began >= 1.2
        assert hub.inner.loop_watch is not None
        assert hub.inner.loop_watch.blocking == {}
    assert "the event loop" not in caplog.text


INDIRECT = """
    import asyncio
    import time
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/answer")
    async def answer() -> list[dict[str, int]]:
        return [{"a": 1, "b": 2}] * 2_000_000

    @router.get("/later")
    async def later() -> None:
        asyncio.get_running_loop().call_soon(time.sleep, 1.2)
"""
STARTING = """
    import asyncio
    import time
    from hub_hookspecs import hookimpl

    @hookimpl
    async def hub_lifespan(context):
        asyncio.get_running_loop().call_later(0.3, time.sleep, 1.2)
        yield
"""


@pytest.mark.parametrize("path", ["answer", "later"])
async def test_what_a_request_makes_others_do_is_told_of_its_module(
    path: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with sample_hub(tmp_path, {"shop": Sample({"routes/api/a.py": INDIRECT}), "wiki": Sample()}) as hub:
        assert (await hub.client.get(f"/api/v1/shop/{path}")).status_code == 200
        await asyncio.sleep(1.5)
        assert hub.inner.loop_watch is not None
        assert set(hub.inner.loop_watch.blocking) - {"hub"} == {"shop"}, "the hub itself may be slow on a busy machine"
    assert "shop (by its request) blocks the event loop: " in caplog.text
    assert "shop (by its request) blocked the event loop for " in caplog.text


async def test_what_a_lifespan_leaves_to_the_loop_is_told_of_its_module(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with sample_hub(tmp_path, {"shop": Sample({"__init__.py": STARTING}), "wiki": Sample()}) as hub:
        await asyncio.sleep(2)
        assert hub.inner.loop_watch is not None
        assert set(hub.inner.loop_watch.blocking) - {"hub"} == {"shop"}, "the hub itself may be slow on a busy machine"
    assert "shop (by its task) blocks the event loop: " in caplog.text


async def test_what_the_hub_does_itself_is_told_of_the_hub(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with sample_hub(tmp_path, {"shop": Sample()}) as hub:
        asyncio.get_running_loop().call_soon(time.sleep, 1.2)
        await asyncio.sleep(2)
        assert hub.inner.loop_watch is not None
        assert set(hub.inner.loop_watch.blocking) == {"hub"}
    assert "hub blocks the event loop: " in caplog.text
