"""The process ends within its limit, whatever a module does; the others stop in reverse order, and nobody is blamed."""

import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from hub_core.tests.cli.hub_processes import HubProcess, serving
from hub_core.tests.sample_modules import SampleModules

LIFESPAN = """
    import asyncio, atexit, threading, time
    from pathlib import Path
    from hub_hookspecs import hookimpl

    kept = []

    async def goes_on():
        while True:
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                pass

    @hookimpl
    async def hub_lifespan(context):
        {before}
        yield
        with Path("stopped").open("a") as file:
            print(context.name, file=file)
        {after}
"""
ROUTES = """
    import hashlib, multiprocessing, time
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/blocks")
    async def blocks():
        time.sleep(600)

    @router.get("/computes")
    async def computes():
        hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 2_000_000_000)

    @router.get("/ends-a-child")
    def ends_a_child() -> int:
        child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(30,))
        child.start()
        time.sleep(0.5)
        child.terminate()
        time.sleep(0.5)
        child.kill()
        child.join()
        return child.exitcode

    @router.get("/waits")
    def waits():
        time.sleep(600)
"""
WAYS = {
    "leaves a thread": ("threading.Thread(target=time.sleep, args=(600,), name='left').start()", "pass"),
    "swallows its cancellation": ("kept.append(asyncio.create_task(goes_on()))", "pass"),
    "hangs at the exit": ("atexit.register(time.sleep, 600)", "pass"),
    "hangs while it stops": ("pass", "await asyncio.sleep(600)"),
    "blocks while it stops": ("pass", "time.sleep(600)"),
    "swallows its end": ("pass", "await goes_on()"),
}
LIMIT_SECONDS = 1.0


def hub_with(samples: SampleModules, folder: Path, bad: str) -> None:
    """``first`` before the bad module, which comes before ``last``."""
    samples.install("first", {"__init__.py": LIFESPAN.format(before="pass", after="pass")})
    samples.install("bad", {"__init__.py": bad, "routes/api/a.py": ROUTES}, requires=("sample-first",))
    last = LIFESPAN.format(before="pass", after="pass")
    samples.install("last", {"__init__.py": last}, requires=("sample-bad",))
    wanted = "".join(f"[modules.{name}]\n" for name in ("first", "bad", "last"))
    (folder / "hub.toml").write_text(f"[hub]\nstop_seconds = {LIMIT_SECONDS}\n{wanted}")


def ended_within_its_limit(hub: HubProcess, folder: Path) -> None:
    began = time.monotonic()
    assert hub.stop(signal.SIGTERM) == 0
    assert time.monotonic() - began < 2 * LIMIT_SECONDS + 10, "600 seconds is what it was asked for"
    assert list((folder / ".hub" / "processes").iterdir()) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_module_that_does_not_end_is_ended(samples: SampleModules, tmp_path: Path, way: str) -> None:
    before, after = WAYS[way]
    hub_with(samples, tmp_path, LIFESPAN.format(before=before, after=after))
    with serving(tmp_path, path=samples.site) as hub:
        ended_within_its_limit(hub, tmp_path)
        if way == "leaves a thread":
            assert re.search("the process ends now: left", hub.log.read_text())
    stopped = (tmp_path / "stopped").read_text().split()
    assert stopped == ["last", "bad", "first"]


@pytest.mark.parametrize("path", ["blocks", "computes", "waits"])
def test_a_request_that_does_not_end_is_ended(samples: SampleModules, tmp_path: Path, path: str) -> None:
    hub_with(samples, tmp_path, "")
    with (
        serving(tmp_path, path=samples.site) as hub,
        ThreadPoolExecutor() as pool,
        httpx2.Client(base_url=hub.address, timeout=60) as client,
    ):
        request = pool.submit(client.get, f"/api/v1/bad/{path}")
        time.sleep(0.5)
        ended_within_its_limit(hub, tmp_path)
        assert isinstance(request.exception(), httpx2.TransportError) or request.result().status_code >= 500


def test_a_hangup_ends_it_in_order(samples: SampleModules, tmp_path: Path) -> None:
    hub_with(samples, tmp_path, LIFESPAN.format(before="pass", after="pass"))
    with serving(tmp_path, path=samples.site) as hub:
        assert hub.stop(signal.SIGHUP) == 0
    assert (tmp_path / "stopped").read_text().split() == ["last", "bad", "first"]
    assert list((tmp_path / ".hub" / "processes").iterdir()) == []


def test_a_hangup_that_is_ignored_stays_ignored(samples: SampleModules, tmp_path: Path) -> None:
    hub_with(samples, tmp_path, "")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    try:
        with serving(tmp_path, path=samples.site) as hub, hub.client() as client:
            hub.process.send_signal(signal.SIGHUP)
            time.sleep(0.5)
            assert client.get("/health/live").status_code == 200
            assert hub.stop(signal.SIGTERM) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_child_that_is_ended_does_not_end_the_hub(samples: SampleModules, tmp_path: Path) -> None:
    hub_with(samples, tmp_path, "")
    with serving(tmp_path, path=samples.site) as hub, hub.client() as client:
        assert client.get("/api/v1/bad/ends-a-child").json() < 0
        time.sleep(2 * LIMIT_SECONDS + 2)
        assert client.get("/health/live").status_code == 200
        assert hub.stop(signal.SIGTERM) == 0


def connected(hub: HubProcess) -> socket.socket:
    address = urlsplit(hub.address)
    return socket.create_connection((address.hostname, address.port), timeout=10)


def test_whoever_was_let_in_is_answered(samples: SampleModules, tmp_path: Path) -> None:
    hub_with(samples, tmp_path, "")
    with serving(tmp_path, path=samples.site) as hub, connected(hub) as guest:
        time.sleep(0.5)  # accepted
        hub.process.send_signal(signal.SIGTERM)
        time.sleep(0.4)  # and it ends
        guest.sendall(b"GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n")
        answer = b"".join(iter(lambda: guest.recv(4096), b""))
        assert hub.process.wait(10) == 0
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_whoever_says_nothing_is_not_waited_for_long(samples: SampleModules, tmp_path: Path) -> None:
    hub_with(samples, tmp_path, "")
    with serving(tmp_path, path=samples.site) as hub, connected(hub):
        ended_within_its_limit(hub, tmp_path)
        assert "not everything ended" not in hub.log.read_text()
