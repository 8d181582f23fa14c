"""What could go wrong when a process that serves becomes another one: it begins as it began, or it does not begin at all."""

import os
import signal
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest

from hub_core.database import connect, parse_url
from hub_core.registry import CORE_REVISION, next_generation
from hub_core.tests.cli.hub_processes import HubProcess, run_new_hub, serving
from hub_core.tests.sample_modules import SampleModules

PATIENCE_SECONDS = 60
SHOP = """
    import asyncio
    import os
    import subprocess

    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])


    @router.get("/open")
    async def open_() -> int:
        return os.getpid()


    @router.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(4)
        return "served"


    @router.get("/elsewhere")
    async def elsewhere() -> None:
        os.chdir("/")
        os.environ["HUB_STATE_DIR"] = "/nowhere"


    @router.get("/child")
    async def child() -> int:
        return subprocess.Popen(["sleep", "60"], close_fds=False, start_new_session=True).pid


    @router.get("/exit")
    async def exit() -> None:
        os._exit(75)
"""
LATE_FAILURE = """
    import os

    if os.path.exists({flag!r}):
        raise ZeroDivisionError("today")
"""


class House:
    """A hub that serves ``shop``; ``other`` is there to be changed."""

    def __init__(self, folder: Path, samples: SampleModules) -> None:
        self.folder, self.samples = folder, samples
        samples.install("shop", {"routes/api/items.py": SHOP})
        samples.install("other")

    def serving(self, workers: str = "1") -> AbstractContextManager[HubProcess]:
        """Run it."""
        return serving(self.folder, "up", "--yes", "--workers", workers, path=self.samples.site)

    def run(self, *arguments: str) -> str:
        """Run a command that must succeed, in an interpreter that imports from the same folders."""
        ran = run_new_hub(self.folder, *arguments, path=self.samples.site)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def move_core_tables(self, revision: str) -> None:
        """Let them be at another revision."""
        self.run_sql(f"UPDATE hub_alembic_version SET version_num = '{revision}'")

    def run_sql(self, *statements: str) -> None:
        """Change what is recorded."""
        with connect(parse_url(f"sqlite:///{self.folder / '.hub' / 'hub.db'}")) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.commit()

    def move(self) -> None:
        """Let the generation move."""
        with connect(parse_url(f"sqlite:///{self.folder / '.hub' / 'hub.db'}")) as connection:
            next_generation(connection)
            connection.commit()


@pytest.fixture
def house(tmp_path: Path, samples: SampleModules) -> House:
    return House(tmp_path, samples)


def get(hub: HubProcess, path: str) -> httpx2.Response:
    with hub.client() as client:
        return client.get(f"/api/v1/shop/{path}")


def wait_for_log(hub: HubProcess, text: str, times: int = 1) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while hub.log.read_text().count(text) < times:
        assert time.monotonic() < until, hub.log.read_text()
        time.sleep(0.05)


def wait_for_successor(hub: HubProcess) -> None:
    """It has reported for the second time that it serves."""
    hub.read_until(r"(?s)(ready: .*){2}")


def test_it_takes_nothing_from_the_folder_it_was_called_in_and_probes_nothing_again(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "queue.py").write_text("raise RuntimeError('mine')")
    with house.serving() as hub:
        assert get(hub, "open").json() == hub.process.pid
        probed = hub.log.read_text().count("probed")
        house.run("disable", "other", "--yes")
        wait_for_successor(hub)
        assert get(hub, "open").json() == hub.process.pid
        assert hub.log.read_text().count("probed") == probed
        assert hub.stop() == 130
    with house.serving() as hub:
        assert hub.log.read_text().count("probed") == probed


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_is_told_to_end_while_it_makes_room_ends(workers: str, house: House) -> None:
    with house.serving(workers) as hub:
        with hub.client() as client, pytest.raises(httpx2.TimeoutException):
            client.get("/api/v1/shop/slow", timeout=0.3)  # it is still at work
        began = time.monotonic()
        with hub.client() as client:
            client.get("/api/v1/shop/open")
        house.move()
        wait_for_log(hub, "was recorded")
        with hub.client() as client, pytest.raises(httpx2.TimeoutException):
            client.get("/api/v1/shop/slow", timeout=0.2)
        time.sleep(max(0.0, began + 0.5 - time.monotonic()))
        assert hub.stop(signal.SIGTERM) == 0
    assert hub.output.count("ready: ") == 1


def test_it_begins_where_it_began_whatever_a_module_changed(house: House) -> None:
    with house.serving() as hub:
        get(hub, "elsewhere")
        house.move()
        wait_for_successor(hub)
        assert get(hub, "open").json() == hub.process.pid


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_goes_on_while_a_successor_would_not_start(workers: str, house: House, tmp_path: Path) -> None:
    with house.serving(workers) as hub:
        whole = (tmp_path / "hub.toml").read_text()
        (tmp_path / "hub.toml").write_text("[modules.shop")
        house.move()
        wait_for_log(hub, "this process goes on as it is: the hub does not start")
        assert get(hub, "open").is_success
        (tmp_path / "hub.toml").write_text(whole)
        wait_for_successor(hub)
        assert get(hub, "open").is_success
        assert hub.log.read_text().count("goes on as it is") == 1


def test_a_module_that_prints_keeps_no_successor_away(house: House) -> None:
    loud = """
        from hub_hookspecs import hookimpl

        @hookimpl
        async def hub_lifespan(context):
            print("loud", flush=True)
            yield
    """
    house.samples.install("loud", {"__init__.py": loud}, manifest='tier = "core"\n')
    with house.serving() as hub:
        house.move()
        wait_for_successor(hub)
        assert "does not start" not in hub.log.read_text()


def test_what_fails_in_it_is_known_to_commands(house: House, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    house.samples.install("late", {"__init__.py": LATE_FAILURE.format(flag=str(flag)), "routes/api/items.py": SHOP})
    with house.serving() as hub:
        flag.touch()
        house.run("disable", "other", "--yes")
        wait_for_successor(hub)
        with hub.client() as client:
            assert client.get("/api/v1/late/open").status_code == 503
        until = time.monotonic() + PATIENCE_SECONDS
        while "failed: import (ZeroDivisionError)" not in house.run("list"):
            assert time.monotonic() < until
            time.sleep(0.2)


def test_its_socket_is_nobody_elses(house: House) -> None:
    with house.serving() as hub:
        house.move()
        wait_for_successor(hub)
        child = get(hub, "child").json()
        try:
            kept = {each.readlink().name for each in Path(f"/proc/{child}/fd").iterdir()}
            ours = {each.readlink().name for each in Path(f"/proc/{hub.process.pid}/fd").iterdir()}
            assert not {name for name in kept & ours if name.startswith("socket:")}
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_module_that_ends_a_worker_with_any_code_is_the_death_of_that_worker(house: House) -> None:
    with house.serving("2") as hub:
        with pytest.raises(httpx2.HTTPError):
            get(hub, "exit")
        wait_for_log(hub, "exit code 75; another one takes its place")
        assert get(hub, "open").is_success
    assert hub.output.count("ready: ") == 1


def test_serving_begins_when_a_release_that_was_tried_is_gone_again(house: House) -> None:
    """Its core tables are ahead of this release until its operation has come to an end."""
    with house.serving():
        pass
    house.move_core_tables("hub_9999")
    back = threading.Timer(4, house.move_core_tables, [CORE_REVISION])
    back.start()
    with serving(house.folder, "serve", path=house.samples.site) as hub:
        assert back.finished.is_set()
        assert get(hub, "open").is_success


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_began_amid_an_operation_looks_again_at_its_end(workers: str, house: House) -> None:
    """It may have been undone, and then no generation moves."""
    with house.serving():
        pass
    house.run_sql(
        "UPDATE hub_module SET state = 'disabled' WHERE name = 'shop'", "UPDATE hub_operation SET outcome = NULL"
    )
    with serving(house.folder, "serve", "--workers", workers, path=house.samples.site) as hub:
        assert get(hub, "open").status_code == 503
        house.run_sql("UPDATE hub_module SET state = 'enabled'", "UPDATE hub_operation SET outcome = 'undone'")
        wait_for_successor(hub)
        assert get(hub, "open").is_success
        time.sleep(5)
        assert hub.output.count("ready: ") == 2
