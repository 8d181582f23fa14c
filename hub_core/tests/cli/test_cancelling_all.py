"""A module that stops the event loop, or cancels every task it finds, ends its own request and not the hub."""

import signal
from pathlib import Path

import httpx2
import pytest

from hub_core.tests.cli.hub_processes import HubProcess, serving
from hub_core.tests.sample_modules import SampleModules

LIFESPAN = """
    import asyncio
    from pathlib import Path
    from hub_hookspecs import hookimpl

    @hookimpl
    async def hub_lifespan(context):
        yield
        with Path("stopped").open("a") as file:
            print(context.name, file=file)
        {after}
"""
CANCELS_ALL = "[task.cancel() for task in asyncio.all_tasks() if task is not asyncio.current_task()]"
ROUTES = """
    import asyncio
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/cancels-all")
    async def cancels_all():
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.sleep(0.1)

    @router.get("/stops-the-loop")
    async def stops_the_loop():
        asyncio.get_running_loop().stop()
        await asyncio.sleep(0.1)

    @router.get("/cancels-itself")
    async def cancels_itself():
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    @router.get("/closes-itself")
    async def closes_itself():
        raise GeneratorExit

    @router.get("/cancels-while-it-is-waited-for")
    async def cancels_later():
        await asyncio.sleep(0.8)
        await cancels_all()
"""


def hub_with(samples: SampleModules, folder: Path, after: str = "pass") -> None:
    """``first``, ``bad`` and ``last``, which stop in the opposite order."""
    samples.install("first", {"__init__.py": LIFESPAN.format(after="pass")})
    bad = {"__init__.py": LIFESPAN.format(after=after), "routes/api/a.py": ROUTES}
    samples.install("bad", bad, requires=("sample-first",))
    samples.install("last", {"__init__.py": LIFESPAN.format(after="pass")}, requires=("sample-bad",))
    wanted = "".join(f"[modules.{name}]\n" for name in ("first", "bad", "last"))
    (folder / "hub.toml").write_text(f"[hub]\nstop_seconds = 1.0\n{wanted}")


def ended_in_order(hub: HubProcess, folder: Path) -> list[str]:
    assert hub.stop(signal.SIGTERM) == 0, hub.log.read_text()
    assert "lifespan' protocol" not in hub.log.read_text()
    return (folder / "stopped").read_text().split()


def test_the_hub_goes_on_and_the_others_stop_as_ever(samples: SampleModules, tmp_path: Path) -> None:
    hub_with(samples, tmp_path)
    with serving(tmp_path, path=samples.site) as hub, hub.client() as client:
        for _ in range(2):
            assert client.get("/api/v1/bad/cancels-all").status_code == 200
            assert client.get("/api/v1/bad/stops-the-loop").status_code == 200
            assert client.get("/health/ready").json()["status"] == "ready"
        log = hub.log.read_text()
        assert "bad cancels tasks that are not its own, such as" in log
        assert "a module stopped the event loop (requests run of: bad); the hub goes on" in log
        stopped = ended_in_order(hub, tmp_path)
    assert [name for name in stopped if name != "bad"] == ["last", "first"], "its own lifespan was its to cancel"


def test_who_cancels_all_while_it_stops_keeps_no_other_from_it(samples: SampleModules, tmp_path: Path) -> None:
    hub_with(samples, tmp_path, CANCELS_ALL)
    with serving(tmp_path, path=samples.site) as hub:
        assert ended_in_order(hub, tmp_path) == ["last", "bad", "first"]


def test_a_request_that_cancels_all_at_the_end_keeps_nobody_from_stopping(
    samples: SampleModules, tmp_path: Path
) -> None:
    hub_with(samples, tmp_path)
    with serving(tmp_path, path=samples.site) as hub, hub.client() as client:
        with pytest.raises(httpx2.TimeoutException):
            client.get("/api/v1/bad/cancels-while-it-is-waited-for", timeout=0.3)
        stopped = ended_in_order(hub, tmp_path)
    assert [name for name in stopped if name != "bad"] == ["last", "first"]


def test_a_request_that_cancels_or_closes_itself_is_a_bug_like_any_other(
    samples: SampleModules, tmp_path: Path
) -> None:
    hub_with(samples, tmp_path)
    with serving(tmp_path, path=samples.site) as hub, hub.client() as client:
        bugs = [client.get(f"/api/v1/bad/{path}") for path in ("cancels-itself", "closes-itself")]
        for bug in bugs:
            assert (bug.status_code, bug.headers["content-type"]) == (500, "application/problem+json")
            assert bug.json()["request_id"] == bug.headers["x-request-id"]
        assert hub.stop(signal.SIGTERM) == 0
