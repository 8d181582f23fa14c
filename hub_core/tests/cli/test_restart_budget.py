"""A module that takes the process along is quarantined, a hub that cannot stay up starts in safe mode; one that ends, ends."""

import json
import signal
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from hub_core.operations.processes.deaths import Death
from hub_core.operations.processes.restart_budget import Ledger
from hub_core.settings import read_settings
from hub_core.tests.cli.hub_processes import HubProcess, run_hub, serving
from hub_core.tests.sample_modules import SampleModules

ROUTES = """
    import ctypes, os, signal, time
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/go")
    async def go() -> str:
        return "went"

    @router.get("/slow")
    def slow() -> str:
        time.sleep(20)
        return "late"

    @router.get("/exit")
    async def leave():
        os._exit(0)

    @router.get("/crash")
    def crash():
        ctypes.string_at(0)
"""
LIFESPAN = """
    import os
    from hub_hookspecs import hookimpl

    @hookimpl
    async def hub_lifespan(context):
        {}
        yield
"""
BACKGROUND = """
    import asyncio, ctypes
    from pathlib import Path
    from hub_hookspecs import hookimpl

    async def behind():
        while not Path("now").exists():
            await asyncio.sleep(0.05)
        ctypes.string_at(0)

    @hookimpl
    async def hub_lifespan(context):
        task = asyncio.create_task(behind())
        yield
        task.cancel()
"""
FORKS = """
    import os, time
    from hub_hookspecs import hookimpl

    @hookimpl
    async def hub_lifespan(context):
        if os.fork() == 0:
            time.sleep(15)
            os._exit(0)
        yield
"""
DEATHS = 2
"""In the test that says nothing of it it is the default, 3."""


@pytest.fixture
def folder(samples: SampleModules, tmp_path: Path) -> Path:
    """Two modules with the same routes, one of tier core, and a hub.toml that names them."""
    samples.install("calm", {"routes/api/a.py": ROUTES})
    samples.install("wild", {"routes/api/a.py": ROUTES})
    samples.install("base", {"routes/api/a.py": ROUTES}, manifest='tier = "core"')
    wanted(tmp_path, "calm", "wild", "base")
    return tmp_path


def wanted(folder: Path, *names: str) -> None:
    modules = "".join(f"[modules.{name}]\nenabled = true\n" for name in names)
    (folder / "hub.toml").write_text(f"[hub]\nrestart_budget = {DEATHS}\n{modules}")


def dies_by(hub: HubProcess, path: str) -> int:
    """Request what ends the process."""
    with hub.client() as client, suppress(httpx2.TransportError):
        client.get(path)
    return hub.process.wait(20)


def conditions(folder: Path, samples: SampleModules) -> dict[str, list[str]]:
    listed = json.loads(run_hub(folder, "list", "--json", path=samples.site).stdout)
    return {module["name"]: module["conditions"] for module in listed if module["state"] == "enabled"}


@pytest.mark.parametrize(("path", "code"), [("exit", 0), ("crash", -signal.SIGSEGV)])
def test_a_module_that_ends_the_process_is_quarantined(
    samples: SampleModules, folder: Path, path: str, code: int
) -> None:
    for _ in range(DEATHS):
        with serving(folder, path=samples.site) as hub, hub.client() as client:
            assert client.get("/api/v1/wild/go").json() == "went"
            assert dies_by(hub, f"/api/v1/wild/{path}") == code
    with serving(folder, path=samples.site) as hub, hub.client() as client:
        refused = client.get("/api/v1/wild/go")
        assert (refused.status_code, refused.json()["code"]) == (503, "module_quarantined")
        assert client.get("/api/v1/calm/go").json() == "went"
        assert client.get("/health/ready").json()["status"] == "degraded"
        assert "the hub's process died 2 times while a request to it ran" in hub.output
        assert "hub enable wild" in hub.output
        assert hub.stop(signal.SIGTERM) == 0
    assert conditions(folder, samples) == {"base": [], "calm": [], "wild": ["quarantined"]}
    enabled = run_hub(folder, "enable", "wild", path=samples.site)
    assert (enabled.returncode, enabled.stdout) == (
        0,
        "wild is quarantined no longer; the next `hub up` tries it again\n",
    )
    assert conditions(folder, samples)["wild"] == []
    with serving(folder, path=samples.site) as hub, hub.client() as client:
        assert client.get("/api/v1/wild/go").json() == "went"
    assert run_hub(folder, "enable", "wild", path=samples.site).stdout == "nothing to do\n"
    assert 'did you mean "wild"' in run_hub(folder, "enable", "wil", path=samples.site).stderr


def test_a_crash_is_put_down_to_the_module_it_happened_in(samples: SampleModules, folder: Path) -> None:
    """Another module answers requests each time; the traceback of the fault says whose it was."""
    for _ in range(DEATHS):
        with serving(folder, path=samples.site) as hub, hub.client() as client:
            assert client.get("/api/v1/calm/go").json() == "went"
            with httpx2.Client(base_url=hub.address, timeout=0.3) as other, suppress(httpx2.TimeoutException):
                other.get("/api/v1/calm/slow")
            dies_by(hub, "/api/v1/wild/crash")
    with serving(folder, path=samples.site):
        assert conditions(folder, samples) == {"base": [], "calm": [], "wild": ["quarantined"]}


def test_a_crash_in_the_background_is_put_down_to_the_module_too(samples: SampleModules, folder: Path) -> None:
    """Nothing is noted of it, and another module answers a request at that moment: its code is on the stack."""
    samples.install("back", {"__init__.py": BACKGROUND, "routes/api/a.py": ROUTES})
    wanted(folder, "calm", "back")
    for _ in range(DEATHS):
        with serving(folder, path=samples.site) as hub:
            with httpx2.Client(base_url=hub.address, timeout=0.3) as other, suppress(httpx2.TimeoutException):
                other.get("/api/v1/calm/slow")
            (folder / "now").touch()
            assert hub.process.wait(20) == -signal.SIGSEGV
            (folder / "now").unlink()
    with serving(folder, path=samples.site) as hub:
        assert conditions(folder, samples) == {"back": ["quarantined"], "calm": []}
        assert "died 2 times while its code ran in the background" in hub.output


def test_the_only_one_with_work_in_the_background_is_blamed_where_nothing_else_ran(
    samples: SampleModules, folder: Path
) -> None:
    thread = (
        "import threading, time; threading.Thread(target=lambda: (time.sleep(1.5), os._exit(1)), daemon=True).start()"
    )
    samples.install("thread", {"__init__.py": LIFESPAN.format(thread)})
    wanted(folder, "calm", "thread")
    for _ in range(DEATHS):
        with serving(folder, path=samples.site) as hub:
            assert hub.process.wait(20) == 1
    with serving(folder, path=samples.site) as hub:
        assert conditions(folder, samples) == {"calm": [], "thread": ["quarantined"]}
        assert "died 2 times while its code ran in the background" in hub.output


@pytest.mark.parametrize(("times", "lived", "loops"), [(2, 5, True), (1, 5, False), (3, 90, False), (4, 90, True)])
def test_a_hub_that_dies_late_loops_as_well(tmp_path: Path, times: int, lived: float, loops: bool) -> None:
    settings = read_settings(tmp_path, restart_budget=2)
    deaths = tuple(Death(pid=1, at=1000.0 + each, lived=lived, suspects=()) for each in range(times))
    assert bool(Ledger(deaths=deaths).looped(settings, 1100.0)) == loops
    assert not Ledger(deaths=deaths).looped(settings, 5000.0), "long ago"


def test_a_module_that_forked_is_blamed_all_the_same(samples: SampleModules, folder: Path) -> None:
    """Its child holds on to every file that was open."""
    samples.install("fork", {"__init__.py": FORKS, "routes/api/a.py": ROUTES})
    wanted(folder, "calm", "fork")
    for _ in range(DEATHS):
        with serving(folder, path=samples.site) as hub:
            dies_by(hub, "/api/v1/fork/exit")
    with serving(folder, path=samples.site):
        assert conditions(folder, samples) == {"calm": [], "fork": ["quarantined"]}


def test_where_it_cannot_be_told_nobody_is_blamed(samples: SampleModules, folder: Path) -> None:
    """The process is killed, each time with requests to two modules: then it is the hub that cannot stay up."""
    for _ in range(DEATHS):
        with serving(folder, path=samples.site) as hub, hub.client() as client:
            for name in ("calm", "wild"):
                assert client.get(f"/api/v1/{name}/go").json() == "went"
                with httpx2.Client(base_url=hub.address, timeout=0.3) as other, suppress(httpx2.TimeoutException):
                    other.get(f"/api/v1/{name}/slow")
            hub.stop(signal.SIGKILL)
    with serving(folder, path=samples.site):
        assert conditions(folder, samples) == {"base": [], "calm": ["safe mode"], "wild": ["safe mode"]}


def test_a_module_that_ends_the_process_at_its_start_is_quarantined(
    samples: SampleModules, folder: Path, database_url: str
) -> None:
    samples.install("early", {"__init__.py": LIFESPAN.format("os._exit(9)")})
    wanted(folder, "calm", "early")
    variables = {"HUB_DATABASE_URL": database_url}
    for _ in range(DEATHS):
        with pytest.raises(AssertionError), serving(folder, path=samples.site, variables=variables):
            pass
    with serving(folder, path=samples.site, variables=variables) as hub, hub.client() as client:
        assert client.get("/api/v1/calm/go").json() == "went"
        assert client.get("/api/v1/early/go").json()["code"] == "module_quarantined"
        assert "died 2 times while it was at start" in hub.output


def test_another_release_of_a_quarantined_module_runs(samples: SampleModules, folder: Path) -> None:
    package = samples.install("early", {"__init__.py": LIFESPAN.format("os._exit(9)")})
    wanted(folder, "calm", "early")
    for _ in range(DEATHS):
        with pytest.raises(AssertionError), serving(folder, path=samples.site):
            pass
    with serving(folder, path=samples.site):
        assert conditions(folder, samples)["early"] == ["quarantined"]
    (package / "__init__.py").write_text("")
    (package / "more.py").write_text("")
    record = samples.site / "sample_early-1.0.dist-info" / "RECORD"
    record.write_text(record.read_text() + "sample_early/more.py,,\n")
    with serving(folder, path=samples.site):
        assert conditions(folder, samples)["early"] == []


def test_a_hub_that_cannot_stay_up_starts_in_safe_mode_and_says_how_to_leave_it(
    samples: SampleModules, folder: Path
) -> None:
    (folder / "hub.toml").write_text((folder / "hub.toml").read_text().replace("restart_budget = 2\n", ""))
    for _ in range(3):
        with serving(folder, path=samples.site) as hub:
            assert "safe mode" not in hub.log.read_text()
            hub.stop(signal.SIGKILL)
    with serving(folder, path=samples.site) as hub, hub.client() as client:
        assert client.get("/api/v1/base/go").json() == "went"
        refused = client.get("/api/v1/wild/go")
        assert (refused.status_code, refused.json()["code"]) == (503, "safe_mode")
        said = " ".join(hub.log.read_text().split())
        assert "safe mode: only modules of tier core run, because the hub's process died 3 times soon after" in said
        assert "hub up --no-safe-mode" in said
        hub.stop()
    with serving(folder, "up", "--yes", "--no-safe-mode", path=samples.site) as hub, hub.client() as client:
        assert client.get("/api/v1/wild/go").json() == "went"
        hub.stop(signal.SIGKILL)
    with serving(folder, path=samples.site) as hub, hub.client() as client:
        assert client.get("/api/v1/wild/go").json() == "went", "what was forgiven counts no more"


def test_safe_mode_can_be_asked_for(samples: SampleModules, folder: Path) -> None:
    with serving(folder, "up", "--yes", "--json", "--safe-mode", path=samples.site) as hub, hub.client() as client:
        hub.read_until(r'("safe_mode": ?"safe mode: only modules of tier core run, because it was asked for)')
        assert client.get("/api/v1/base/go").json() == "went"
        assert client.get("/api/v1/calm/go").status_code == 503


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_who_is_told_to_end_has_not_died(samples: SampleModules, folder: Path, number: signal.Signals) -> None:
    for _ in range(DEATHS + 1):
        with serving(folder, path=samples.site) as hub, hub.client() as client:
            assert client.get("/api/v1/wild/go").json() == "went"
            hub.stop(number)
    assert list((folder / ".hub" / "processes").iterdir()) == []


def test_what_the_hub_refuses_is_no_death(samples: SampleModules, folder: Path) -> None:
    with serving(folder, path=samples.site) as hub:
        hub.stop()
    for _ in range(DEATHS + 1):
        told = run_hub(folder, "up", "--yes", path=samples.site, HUB_DATABASE_URL="sqlite:////nowhere/at/all.db")
        assert told.returncode == 1, told.stderr
    assert list((folder / ".hub" / "processes").iterdir()) == []


def test_notes_that_were_damaged_hold_nobody_up(samples: SampleModules, folder: Path) -> None:
    notes = folder / ".hub" / "processes"
    notes.mkdir(parents=True)
    for number, content in enumerate((b"", b"\0" * 9000, b"nonsense\n{}", b"1 2\n" + b"[" * 5000, b"\xff" * 700)):
        (notes / f"{number}-1.note").write_bytes(content)
    (notes / "9-1.new").write_bytes(b"killed before")
    (notes / "8-1.faults").touch()
    (folder / ".hub" / "deaths.json").write_bytes(b"{}")
    with serving(folder, path=samples.site) as hub, hub.client() as client:
        assert client.get("/api/v1/wild/go").json() == "went"
        assert sorted(path.suffix for path in notes.iterdir()) == [".faults", ".note"]
