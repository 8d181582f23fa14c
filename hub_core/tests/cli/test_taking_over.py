"""``hub enable`` and ``hub disable`` beside a hub that serves: it goes on as a new process with what is recorded now."""

import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

import httpx2
import pytest

from hub_core.tests.cli.hub_processes import PROGRAM, HubProcess, environment, run_hub, serving
from hub_core.tests.sample_modules import SampleModules

PATIENCE_SECONDS = 40
ROUTE = """
    from fastapi import APIRouter
    from hub_hookspecs.web import public
    router = APIRouter(dependencies=[public()])

    @router.get("/open")
    async def open_() -> str:
        return "open"
"""


class Asking:
    """Asks the hub again and again, each time on a new connection, and keeps what went wrong."""

    def __init__(self, address: str) -> None:
        self._address, self.answers, self.errors = address, 0, list[str]()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                httpx2.get(f"{self._address}/health/live", timeout=PATIENCE_SECONDS).raise_for_status()
                self.answers += 1
            except httpx2.HTTPError as error:
                self.errors.append(repr(error))


def wait_for(hub: HubProcess, status: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    with hub.client() as client:
        while (found := client.get("/api/v1/shop/open").status_code) != status:
            assert time.monotonic() < until, f"still {found}"
            time.sleep(0.1)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_change_is_taken_up_by_the_same_process_and_nobody_is_turned_away(
    workers: str, samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    samples.install("shop", {"routes/api/items.py": ROUTE})
    variables = {"HUB_DATABASE_URL": database_url}
    command = ("up", "--yes", "--workers", workers)
    with serving(tmp_path, *command, path=samples.site, variables=variables) as hub:
        with Asking(hub.address) as asking:
            wait_for(hub, 200)
            for change, status in (("disable", 404), ("enable", 200)):
                ran = run_hub(tmp_path, change, "shop", "--yes", path=samples.site, **variables)
                assert (ran.returncode, ran.stderr if ran.returncode else "") == (0, "")
                assert "done: operation" in ran.stdout
                wait_for(hub, status)
        assert hub.process.poll() is None
        assert hub.stop() == 130
    assert asking.errors == []
    assert asking.answers > 20


def test_the_plan_is_shown_asked_for_and_told_afterwards(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    samples.install("shop", {"routes/api/items.py": ROUTE})
    variables = {"HUB_DATABASE_URL": database_url}
    (tmp_path / "hub.toml").write_text("[modules.shop]\nenabled = false\n")

    def hub(*arguments: str) -> tuple[int, str]:
        ran = run_hub(tmp_path, *arguments, path=samples.site, **variables)
        return ran.returncode, ran.stdout or ran.stderr

    code, said = hub("enable", "shop")
    assert code == 2
    assert "1. install shop 1.0" in said
    code, said = hub("enable", "shop", "--dry-run")
    assert (code, said.splitlines()[0]) == (0, "1. install shop 1.0")
    assert hub("history", "--operations") == (0, "")
    code, said = hub("enable", "shop", "--yes")
    assert (code, said.splitlines()[-2:]) == (
        0,
        ["verifying that they run …", "done: operation 1; see hub show --operation 1"],
    )
    assert (tmp_path / "hub.toml").read_text() == "[modules.shop]\nenabled = true\n"
    assert hub("enable", "shop", "--yes") == (0, "nothing to do\n")
    code, said = hub("show", "--operation", "1")
    assert code == 0
    assert said.splitlines()[0] == "operation 1: enable, done"
    assert said.splitlines()[2:] == [
        "planned:",
        "  install shop 1.0",
        "  enable shop",
        "done:",
        "  1. install shop 1.0",
        "  2. enable shop",
    ]
    assert hub("show", "--operation", "7") == (
        1,
        "error: there is no operation 7\nremedy: See those there are: hub history --operations\n",
    )
    assert hub("show")[0] == 2
    code, said = hub("disable", "shopp", "--yes")
    assert (code, said.splitlines()[0]) == (
        1,
        "error: no module 'shopp' is installed or recorded; did you mean \"shop\"?",
    )
    code, said = hub("history", "--operations", "shop")
    assert (code, len(said.splitlines())) == (0, 1)


def test_who_does_not_answer_keeps_nobody_waiting(samples: SampleModules, database_url: str, tmp_path: Path) -> None:
    """A plan lies on a terminal; what somebody else changes meanwhile is done, and a plan that is another one then is asked anew."""
    for name in ("shop", "other"):
        samples.install(name, {"routes/api/items.py": ROUTE})
    variables = {"HUB_DATABASE_URL": database_url, "HUB_LOCK_SECONDS": "1"}
    ours, theirs = os.openpty()
    (tmp_path / "hub.toml").write_text("[modules.shop]\nenabled = false\n[modules.other]\nenabled = false\n")
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "enable", "shop", "other"],
        cwd=tmp_path,
        env=environment(samples.site, **variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    read_to(ours, "Carry this out?")
    ran = run_hub(tmp_path, "enable", "other", "--yes", path=samples.site, **variables)
    assert (ran.returncode, "done: operation" in ran.stdout) == (0, True)
    os.write(ours, b"y\n")
    said = read_to(ours, "Carry this out?")
    assert "1. install shop 1.0" in said
    assert "other" not in said, "that is done"
    os.write(ours, b"y\n")
    said = read_to(ours, "done: operation")
    assert "plan:" not in said, "what was agreed to is not shown again"
    started.wait(PATIENCE_SECONDS)
    os.close(ours)


def read_to(terminal: int, text: str) -> str:
    """What comes, up to a text."""
    said = ""
    while text not in said:
        assert select.select([terminal], [], [], PATIENCE_SECONDS)[0], said
        said += os.read(terminal, 65536).decode()
    return said


def test_the_first_command_in_an_empty_folder_makes_what_it_needs(samples: SampleModules, tmp_path: Path) -> None:
    samples.install("shop", {"routes/api/items.py": ROUTE})
    ran = run_hub(tmp_path, "enable", "shop", "--yes", path=samples.site)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "done: operation 1; see hub show --operation 1")
    assert (tmp_path / ".hub" / "hub.db").is_file()
