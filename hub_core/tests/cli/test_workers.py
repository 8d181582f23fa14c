"""Several workers on one socket: who dies is replaced, who kills is quarantined, who stands still is ended, all stop together."""

import os
import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from hub_core.cli.worker import Stages
from hub_core.tests.cli.hub_processes import HubProcess, serving
from hub_core.tests.cli.test_restart_budget import LIFESPAN, conditions
from hub_core.tests.sample_modules import SampleModules

ROUTES = """
    import os, time
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])
    IMPORTED_BY = os.getpid()

    @router.get("/who")
    def who() -> list[int]:
        time.sleep(0.02)
        return [os.getpid(), IMPORTED_BY]

    @router.get("/exit")
    async def leave():
        os._exit(3)

    @router.get("/term")
    async def term():
        os.kill(os.getpid(), 15)

    @router.get("/still")
    async def still():
        time.sleep(600)
"""
UP = ("up", "--yes", "--workers", "3")


@pytest.fixture
def folder(samples: SampleModules, tmp_path: Path) -> Path:
    """Two modules with the same routes."""
    for name in ("calm", "wild"):
        samples.install(name, {"routes/api/a.py": ROUTES})
    modules = "".join(f"[modules.{name}]\nenabled = true\n" for name in ("calm", "wild"))
    (tmp_path / "hub.toml").write_text(f"[hub]\nrestart_budget = 2\nstandstill_seconds = 2\n{modules}")
    return tmp_path


def who(hub: HubProcess, module: str = "calm") -> tuple[int, int] | None:
    """The process that answers a new connection, and the one that imported the module."""
    with hub.client() as client:
        answer = client.get(f"/api/v1/{module}/who")
        return tuple(answer.json()) if answer.status_code == 200 else None


def workers(hub: HubProcess, count: int = 3) -> dict[int, int]:
    """Who imported the module in each of ``count`` processes, once so many have answered; many ask at once."""
    seen: dict[int, int] = {}

    def all_seen() -> bool:
        with ThreadPoolExecutor(12) as pool:
            seen.update(answer for answer in pool.map(lambda _: who(hub), range(12)) if answer is not None)
        return len(seen) >= count

    until(all_seen, 60)
    return seen


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def ended_by(hub: HubProcess, path: str) -> None:
    with hub.client() as client, suppress(httpx2.TransportError):
        client.get(path)


def test_they_serve_together_and_stop_together(samples: SampleModules, folder: Path, database_url: str) -> None:
    with serving(folder, *UP, path=samples.site, variables={"HUB_DATABASE_URL": database_url}) as hub:
        seen = workers(hub)
        assert hub.process.pid not in seen
        assert all(pid == importer for pid, importer in seen.items()), "each imports what it uses"
        assert hub.stop(signal.SIGTERM) == 0
        assert not any(map(is_running, seen))
    assert hub.output.count("ready: ") == 1
    assert list((folder / ".hub" / "processes").iterdir()) == []


def test_preloaded_modules_are_imported_once_before_they_are_forked(samples: SampleModules, folder: Path) -> None:
    with serving(folder, *UP, "--preload", path=samples.site) as hub:
        assert set(workers(hub).values()) == {hub.process.pid}
        assert hub.stop() == 130


def test_a_module_that_ends_them_while_it_is_preloaded_is_quarantined(samples: SampleModules, folder: Path) -> None:
    flag = folder / "flag"
    source = f"import os\nfrom pathlib import Path\nif Path({str(flag)!r}).exists():\n    os._exit(3)\n"
    samples.install("late", {"__init__.py": source})
    (folder / "hub.toml").write_text((folder / "hub.toml").read_text() + "[modules.late]\n")
    with serving(folder, *UP, path=samples.site) as hub:
        assert hub.stop(signal.SIGTERM) == 0
    flag.touch()
    for _ in range(2):
        with pytest.raises(AssertionError), serving(folder, *UP, "--preload", path=samples.site):
            pass
    with serving(folder, *UP, "--preload", path=samples.site) as hub:
        assert conditions(folder, samples) == {"calm": [], "late": ["quarantined"], "wild": []}
        assert hub.stop(signal.SIGTERM) == 0


def test_one_that_is_killed_is_replaced(samples: SampleModules, folder: Path) -> None:
    with serving(folder, *UP, path=samples.site) as hub:
        killed = next(iter(workers(hub)))
        os.kill(killed, signal.SIGKILL)
        until(lambda: (answer := who(hub)) is not None and answer[0] != killed)
        assert len(workers(hub, 3).keys() - {killed}) >= 2
        until(lambda: "killed by SIGKILL; another one takes its place" in hub.log.read_text())
        assert hub.stop(signal.SIGTERM) == 0


def test_a_module_that_ends_them_is_quarantined_in_all_of_them(samples: SampleModules, folder: Path) -> None:
    with serving(folder, *UP, path=samples.site) as hub:
        for _ in range(4):
            workers(hub)
            ended_by(hub, "/api/v1/wild/exit")
            until(lambda: who(hub) is not None)
            if "wild is quarantined: the hub's process died 2 times" in hub.log.read_text():
                break
        until(lambda: hub.log.read_text().count("is replaced") == 2)  # both that had not died
        workers(hub)
        with hub.client() as client:
            codes = {client.get("/api/v1/wild/who").json()["code"] for _ in range(30)}
        assert codes == {"module_quarantined"}
        assert hub.stop(signal.SIGTERM) == 0
    assert conditions(folder, samples)["wild"] == ["quarantined"]


def test_a_worker_that_a_module_ends_politely_has_died_all_the_same(samples: SampleModules, folder: Path) -> None:
    with serving(folder, *UP, path=samples.site) as hub:
        workers(hub)
        for _ in range(2):
            ended_by(hub, "/api/v1/wild/term")
            until(lambda: who(hub) is not None)
        until(lambda: "wild is quarantined: the hub's process died 2 times" in hub.log.read_text())
        assert hub.stop(signal.SIGTERM) == 0


def test_one_blow_that_ends_all_of_them_is_one_death(samples: SampleModules, folder: Path) -> None:
    with serving(folder, *UP, path=samples.site) as hub:
        seen = workers(hub)
        for each in (hub.process.pid, *seen):
            os.kill(each, signal.SIGKILL)
        hub.process.wait(20)
    with serving(folder, *UP, path=samples.site) as hub:
        assert conditions(folder, samples) == {"calm": [], "wild": []}
        assert hub.stop(signal.SIGTERM) == 0


def test_a_hangup_that_was_to_be_ignored_ends_nobody(samples: SampleModules, folder: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with serving(folder, *UP, path=samples.site) as hub:
            seen = workers(hub)
            for each in (hub.process.pid, *seen):
                os.kill(each, signal.SIGHUP)
            time.sleep(0.5)
            assert set(workers(hub)) == set(seen)
            assert hub.stop(signal.SIGTERM) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_one_that_stands_still_is_ended_and_names_the_module(samples: SampleModules, folder: Path) -> None:
    with serving(folder, *UP, path=samples.site) as hub:
        workers(hub)
        with httpx2.Client(base_url=hub.address, timeout=20) as client, suppress(httpx2.TransportError):
            client.get("/api/v1/wild/still")
        until(lambda: "killed by SIGABRT; another one takes its place" in hub.log.read_text())
        assert re.search(r"worker \d \(process \d+\) stands still; it is ended", hub.log.read_text())
        workers(hub)
        with httpx2.Client(base_url=hub.address, timeout=20) as client, suppress(httpx2.TransportError):
            client.get("/api/v1/wild/still")
        until(lambda: "wild is quarantined: the hub's process died 2 times" in hub.log.read_text())
        assert hub.stop(signal.SIGTERM) == 0


def test_a_module_that_ends_them_at_their_start_does_not_keep_the_hub_from_coming_up(
    samples: SampleModules, folder: Path
) -> None:
    samples.install("early", {"__init__.py": LIFESPAN.format("os._exit(9)")})
    (folder / "hub.toml").write_text((folder / "hub.toml").read_text() + "[modules.early]\n")
    with serving(folder, *UP, path=samples.site) as hub, hub.client() as client:
        assert client.get("/api/v1/early/x").json()["code"] == "module_quarantined"
        workers(hub)
        assert hub.stop(signal.SIGTERM) == 0
    assert hub.output.count("ready: ") == 1


def test_what_fails_in_one_of_them_shows_in_listings_until_it_is_up(samples: SampleModules, folder: Path) -> None:
    flag = folder / "flag"
    source = f"from pathlib import Path\nif Path({str(flag)!r}).exists():\n    raise OSError('no library')\n"
    samples.install("late", {"__init__.py": source, "routes/api/a.py": ROUTES})
    (folder / "hub.toml").write_text((folder / "hub.toml").read_text() + "[modules.late]\n")
    with serving(folder, *UP, path=samples.site) as hub:
        flag.touch()
        until(lambda: who(hub, "late") is None)
        until(lambda: conditions(folder, samples)["late"] == ["failed"])
        flag.unlink()
        until(lambda: conditions(folder, samples)["late"] == [])
        assert hub.stop(signal.SIGTERM) == 0


def test_they_end_with_the_first_process(samples: SampleModules, folder: Path) -> None:
    with serving(folder, *UP, path=samples.site) as hub:
        seen = workers(hub)
        hub.stop(signal.SIGKILL)
        until(lambda: not any(map(is_running, seen)))


def test_one_that_is_down_in_one_of_them_is_told_until_it_is_up_in_all(samples: SampleModules, folder: Path) -> None:
    red = folder / "red"
    source = f"""
        import os
        from pathlib import Path
        from hub_hookspecs import hookimpl

        @hookimpl
        async def hub_lifespan(context):
            if Path({str(red)!r}).exists() or Path(f"{red}-{{os.getpid()}}").exists():
                raise OSError("red")
            yield
    """
    samples.install("moody", {"__init__.py": source})
    (folder / "hub.toml").write_text((folder / "hub.toml").read_text() + "[modules.moody]\n")
    red.touch()
    with serving(folder, "up", "--yes", "--workers", "2", path=samples.site) as hub:
        one, other = workers(hub, 2)
        until(lambda: conditions(folder, samples)["moody"] == ["failed"])
        still = folder / f"red-{one}"
        still.touch()
        red.unlink()
        until(lambda: "moody is up" in hub.log.read_text())
        time.sleep(1)
        assert conditions(folder, samples)["moody"] == ["failed"], "in the other one"
        os.kill(one, signal.SIGKILL)  # the next one in its place is well
        until(lambda: conditions(folder, samples)["moody"] == [])
        assert other in workers(hub, 2)
        assert hub.stop(signal.SIGTERM) == 0


def test_one_that_comes_up_while_it_is_told_to_end_dies_on_an_order() -> None:
    stages = Stages(2)
    stages.tell(1)
    stages.set_ready(1)
    assert (stages.is_told(1), stages.is_ready(1), stages.was_ready) == (True, False, False)
    stages.begin(1)
    assert not stages.is_told(1)
