"""A thousand good modules and thirty bad ones: the hub starts, serves the good ones and tells thirty different reasons.

By default with 60 good ones; ``HUB_TEST_FULL=1`` or ``HUB_TEST_KILLS=all`` takes all. Times and memory are printed beside
those of a bare uvicorn and judged by the benchmarks: how long a test takes says something about the machine.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hub_core.tests.cli.hub_processes import HubProcess, run_hub, serving
from hub_core.tests.cli.many_modules import IMPORTED, ROUTES, install_bad, install_good
from hub_core.tests.sample_modules import SampleModules

FULL = bool(os.environ.get("HUB_TEST_FULL")) or os.environ.get("HUB_TEST_KILLS") == "all"
GOOD = 1000 if FULL else 60
PATIENCE_SECONDS = 600
CONNECTIONS = 8
BARE = """
import uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def root() -> str: return ""
class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print("ready", flush=True)
        self.should_exit = True
Server(uvicorn.Config(app, port=0, log_level="error")).run()
"""


@pytest.mark.timeout(3600 if FULL else 240)
def test_the_good_ones_serve_and_each_bad_one_has_a_reason_of_its_own(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    good, bad = install_good(samples.site, GOOD), install_bad(samples)
    assert len(bad) == 30
    write_hub_toml(tmp_path, good, bad)
    variables = {"HUB_DATABASE_URL": database_url}
    print(f"\n{len(good)} good modules and {len(bad)} bad ones on {database_url.partition(':')[0]}")
    print(f"bare uvicorn is ready after {bare_seconds():.2f} s")
    with timed("cold", tmp_path, samples.site, variables, "--json") as hub:
        report = json.loads(hub.read_until(r'^(\{"ready": .*\})$'))
        each_has_its_own_reason(report["modules"], good, bad)
        each_is_explained("\n".join(report["errors"]), bad)
        assert imported(hub) == []
        documented(hub, good, bad)
        served(hub, report["token"], good, bad)
        assert sorted(imported(hub)) == good
        print(f"  with all of them imported: {memory_mb(hub)} MB")
        assert hub.stop() == 130
    listed = run_hub(tmp_path, "list", "--json", path=samples.site, **variables)
    each_has_its_own_reason(json.loads(listed.stdout), good, bad)
    checked = run_hub(tmp_path, "check", "--json", path=samples.site, **variables)
    each_has_its_own_reason(json.loads(checked.stdout)["modules"], good, bad)
    (tmp_path / "stderr.log").rename(tmp_path / "cold.log")
    with timed("known", tmp_path, samples.site, variables) as hub:
        hub.read_until(r"^(sign in at .*)$")
        assert imported(hub) == []
        assert "probed" not in hub.log.read_text()
        documented(hub, good, bad)
        assert imported(hub) == []
        with hub.client() as client:
            assert client.get(f"/api/v1/{good[-1]}/stored/7").json()["label"] == f"kept by {good[-1]}"
        assert imported(hub) == good[-1:]
        assert hub.stop() == 130


def write_hub_toml(folder: Path, good: Collection[str], bad: Collection[str]) -> None:
    """All of them are wanted, and each good one is configured."""
    wanted = [f'[modules.{name}]\nenabled = true\nsettings.label = "set for {name}"\n' for name in good]
    wanted += [f"[modules.{name}]\nenabled = true\n" for name in bad]
    (folder / "hub.toml").write_text("".join(wanted))


@contextmanager
def timed(what: str, folder: Path, site: Path, variables: Mapping[str, str], *options: str) -> Iterator[HubProcess]:
    """A served hub; prints how long it took to be ready, and what it uses then."""
    began = time.monotonic()
    command = ("up", "--yes", *options)
    with serving(folder, *command, path=site, variables=variables, patience=PATIENCE_SECONDS) as hub:
        print(f"{what}: ready after {time.monotonic() - began:.2f} s, {memory_mb(hub)} MB")
        yield hub


def memory_mb(hub: HubProcess) -> int:
    """What the process has of the memory of the machine."""
    status = Path(f"/proc/{hub.process.pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found.group(1)) // 1024


def imported(hub: HubProcess) -> list[str]:
    """The modules that the serving process imported, in that order."""
    return re.findall(rf"{IMPORTED}(\w+)", hub.log.read_text())


def each_has_its_own_reason(listed: list[dict[str, Any]], good: Collection[str], bad: Collection[str]) -> None:
    """What is said of each bad module would be another text also if they had one name."""
    told = {module["name"]: module for module in listed}
    assert [name for name in good if told[name]["reasons"] or told[name]["conditions"]] == []
    texts = {name: [reason["text"].replace(name, "it") for reason in told[name]["reasons"]] for name in bad}
    assert len(set(map(str, texts.values()))) == len(bad)
    assert [
        name for name in bad if not {"failed", "quarantined"} & set(told[name]["conditions"]) or not any(texts[name])
    ] == []


def each_is_explained(said: str, bad: Mapping[str, str]) -> None:
    """The cause of each failure, in full."""
    causes = dict(re.findall(r"^(bad\d+) failed: .*\ncause: (.*)$", said, re.MULTILINE))
    assert [name for name, words in bad.items() if words not in causes[name]] == []
    assert len({cause.replace(name, "it") for name, cause in causes.items()}) == len(bad)


def documented(hub: HubProcess, good: Collection[str], bad: Collection[str]) -> None:
    """``/openapi.json`` has every operation of the good ones and none of a bad one."""
    began = time.monotonic()
    with hub.client() as client:
        answer = client.get("/openapi.json")
    print(
        f"  /openapi.json: {len(answer.content) / 1e6:.1f} MB in {time.monotonic() - began:.2f} s, {memory_mb(hub)} MB"
    )
    counted = dict.fromkeys((*good, *bad), 0)
    for path, operations in answer.json()["paths"].items():
        if (found := re.match(r"/api/v1/(\w+)/", path)) and found.group(1) in counted:
            counted[found.group(1)] += len(operations)
    assert counted == {**dict.fromkeys(good, ROUTES), **dict.fromkeys(bad, 0)}


def served(hub: HubProcess, token: str, good: list[str], bad: Collection[str]) -> None:
    """Every good module is asked over several connections while the bad ones are, too."""
    began = time.monotonic()
    with hub.client() as client, ThreadPoolExecutor(CONNECTIONS) as pool:
        first = list(pool.map(lambda name: client.get(f"/api/v1/{name}/items7/5"), good))
        print(f"  one request to each, which imports it: {time.monotonic() - began:.2f} s")
        answers = {name: (answer.status_code, answer.json()) for name, answer in zip(good, first, strict=True)}
        assert answers == {name: (200, {"id": 5, "label": f"set for {name}"}) for name in good}
        refused = pool.map(lambda name: client.get(f"/api/v1/{name}/x").status_code, bad)
        assert list(refused) == [503] * len(bad)
        assert all(pool.map(lambda name: keeps(client, token, name), good))
        assert client.get("/health/ready").json()["status"] == "degraded"


def keeps(client: httpx2.Client, token: str, name: str) -> bool:
    """Whether a module refuses a stranger, and keeps a row for whoever may write it."""
    address, row = f"/api/v1/{name}/stored", {"id": 7, "label": f"kept by {name}"}
    stranger = client.post(address, json=row)
    written = client.post(address, json=row, headers={"Authorization": f"Bearer {token}"})
    read = client.get(f"{address}/7")
    assert (stranger.status_code, written.status_code, read.status_code) == (401, 201, 200), name
    return bool(read.json() == row)


def bare_seconds() -> float:
    """How long a new process with FastAPI, one route and uvicorn takes until it listens."""
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return time.monotonic() - began
