"""A module whose code blocks keeps its own threads, not those of others; and what a request began is not in that request."""

import asyncio
import sys
import threading
import time
from pathlib import Path

import anyio.to_thread
import pytest

from hub_core.runtime import acting
from hub_core.tests.runtime.test_one_module_fails import ROUTES, brought_up
from hub_core.tests.sample_hub import Sample, sample_hub
from hub_core.tests.sample_modules import SampleModules

HANGS = """
    import asyncio
    import threading
    from anyio import to_thread
    from fastapi import APIRouter, Depends
    from fastapi.responses import StreamingResponse
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])
    ended = threading.Event()

    def slow() -> None:
        ended.wait(60)

    def pieces():
        slow()
        yield "late"

    @router.get("/handler")
    def handler() -> None:
        slow()

    @router.get("/dependency", dependencies=[Depends(slow)])
    async def dependency() -> None: ...

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(pieces())

    @router.get("/called")
    async def called() -> None:
        await to_thread.run_sync(slow)

    @router.get("/asyncio")
    async def by_asyncio() -> None:
        await asyncio.to_thread(slow)
"""
THREADED = """
    import asyncio
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/handler")
    def handler() -> str:
        return "here"

    @router.get("/asyncio")
    async def by_asyncio() -> str:
        return await asyncio.to_thread(str, "here")
"""
WAY = ("handler", "dependency", "stream", "called", "asyncio")


@pytest.mark.parametrize("way", WAY)
async def test_threads_that_hang_are_their_module_s_own(
    samples: SampleModules, tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    samples.install("shop", {"routes/api/a.py": HANGS})
    samples.install("well", {"routes/api/a.py": THREADED})
    async with brought_up(tmp_path, database_url) as (hub, client):
        hanging = [asyncio.create_task(client.get(f"/api/v1/shop/{way}")) for _ in range(60)]
        try:
            await asyncio.sleep(1)
            begun = time.monotonic()
            for path in ("handler", "asyncio"):
                assert (await client.get(f"/api/v1/well/{path}")).json() == "here"
            assert "/api/v1/well/handler" in (await client.get("/openapi.json")).json()["paths"]
            assert time.monotonic() - begun < 10, "nobody waited for what hangs"
            assert not any(task.done() for task in hanging)
            if way != "asyncio":
                assert hub.threads is not None
                assert hub.threads.in_use()["shop"] == 40, "and no more than these"
                assert [line.getMessage() for line in caplog.records if "threads" in line.getMessage()] == [
                    "shop keeps all of its 40 threads; what needs one of it waits"
                ]
                assert b'hub_threads_in_use{module="shop"} 40.0' in (await client.get("/metrics")).content
        finally:
            sys.modules["sample_shop.routes.api.a"].ended.set()
            await asyncio.gather(*hanging)


async def test_a_module_that_changes_the_number_of_threads_changes_its_own(
    samples: SampleModules, tmp_path: Path, database_url: str
) -> None:
    source = """
        import anyio.to_thread
        from hub_hookspecs import hookimpl

        @hookimpl
        async def hub_lifespan(context):
            anyio.to_thread.current_default_thread_limiter().total_tokens = 1
            yield
    """
    samples.install("shop", {"__init__.py": source, "routes/api/a.py": THREADED})
    samples.install("well", {"routes/api/a.py": THREADED})
    async with brought_up(tmp_path, database_url) as (_, client):
        assert (await client.get("/api/v1/shop/handler")).json() == "here"
        assert (await client.get("/api/v1/well/handler")).json() == "here"
        limits = {}
        for name in ("shop", "well"):

            async def limit() -> float:
                return anyio.to_thread.current_default_thread_limiter().total_tokens

            limits[name] = await acting.begin(name, limit(), "asked")
        assert limits == {"shop": 1, "well": 40}


async def test_what_a_request_began_knows_nothing_of_it(
    samples: SampleModules, tmp_path: Path, database_url: str
) -> None:
    source = """
        from hub_hookspecs import Health, HealthStatus, OutsideHub, current_session, hookimpl

        def of_whom() -> str:
            try:
                return str(current_session())
            except OutsideHub:
                return "of nobody"

        seen = {"import": of_whom()}

        class Service: ...

        @hookimpl
        def hub_services():
            seen["services"] = of_whom()
            return {}

        @hookimpl
        async def hub_health(context):
            seen["health"] = of_whom()
            return Health(status=HealthStatus.HEALTHY)
    """
    samples.install("shop", {"__init__.py": source, "routes/api/a.py": ROUTES})
    async with brought_up(tmp_path, database_url) as (hub, client):
        assert not hub.modules["shop"].is_imported
        assert (await client.get("/api/v1/shop/open")).json() is True
        assert (await client.get("/health/ready")).status_code == 200
        assert sys.modules["sample_shop"].seen == dict.fromkeys(("import", "services", "health"), "of nobody")


TAKES_ALL = """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    from hub_hookspecs import hookimpl

    @hookimpl
    async def hub_lifespan(context):
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1, thread_name_prefix="greedy"))
        yield
"""


async def test_a_module_that_sets_the_executor_of_the_event_loop_sets_its_own(tmp_path: Path) -> None:
    named = """
    import asyncio, threading
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/thread")
    async def thread() -> str:
        return await asyncio.to_thread(lambda: threading.current_thread().name)
    """
    routes = {"routes/__init__.py": "", "routes/api/__init__.py": "", "routes/api/r.py": named}
    modules = {"greedy": Sample({"__init__.py": TAKES_ALL, **routes}), "modest": Sample({"__init__.py": "", **routes})}
    async with sample_hub(tmp_path, modules) as hub:
        greedy = await hub.client.get("/api/v1/greedy/thread")
        modest = await hub.client.get("/api/v1/modest/thread")
        own = await asyncio.to_thread(lambda: threading.current_thread().name)
    assert greedy.json().startswith("greedy")
    assert modest.status_code == 200
    assert not modest.json().startswith("greedy")
    assert not own.startswith("greedy")
