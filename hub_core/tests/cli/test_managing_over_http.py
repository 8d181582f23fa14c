"""Modules are enabled and disabled over HTTP, beside a hub that serves with one or two workers, on both databases."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub_core.tests.cli.hub_processes import run_hub, serving
from hub_core.tests.cli.managed_hub import PATIENCE_SECONDS, TOKEN, ManagedHub
from hub_core.tests.cli.test_taking_over import ROUTE
from hub_core.tests.sample_hub import only
from hub_core.tests.sample_modules import SampleModules


@contextmanager
def managed(folder: Path, samples: SampleModules, database_url: str, workers: int = 1) -> Iterator[ManagedHub]:
    command = ("up", "--yes", "--workers", str(workers))
    only(folder, "shop")
    variables = {"HUB_DATABASE_URL": database_url}
    with serving(folder, *command, path=samples.site, variables=variables, patience=2 * PATIENCE_SECONDS) as hub:
        yield ManagedHub(hub.address, hub.read_until(TOKEN.pattern))


def eventually(hub: ManagedHub, path: str, status: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := hub.request("GET", path).status_code) != status:
        assert time.monotonic() < until, f"still {found}"
        time.sleep(0.1)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_module_is_disabled_and_enabled_while_its_events_are_read(
    workers: int, samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    samples.install("shop", {"routes/api/items.py": ROUTE})
    with managed(tmp_path, samples, database_url, workers) as hub:
        shown = hub.preview("shop", "disable")
        assert (shown.status_code, [step["text"] for step in shown.json()["steps"]]) == (200, ["disable shop"])
        printed = run_hub(
            tmp_path, "disable", "shop", "--dry-run", "--json", path=samples.site, HUB_DATABASE_URL=database_url
        )
        assert shown.json() == json.loads(printed.stdout), "what the command says"
        told = hub.done("shop", "disable")
        assert (told["outcome"], told["steps"], told["by"]) == ("done", ["disable shop"], "superuser")
        kinds = [event["kind"] for event in told["events"]]
        assert kinds[:2] == ["asked", "started"]
        assert {"plan", "stage"} <= set(kinds)
        eventually(hub, "/api/v1/shop/open", 404)
        told = hub.done("shop", "enable")
        assert (told["outcome"], told["number"]) == ("done", 3)
        eventually(hub, "/api/v1/shop/open", 200)


@pytest.mark.timeout(600)
def test_the_same_key_at_two_workers_at_once_is_one_operation(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    samples.install("shop")
    with managed(tmp_path, samples, database_url, workers=2) as hub, ThreadPoolExecutor(12) as callers:
        key = {"Idempotency-Key": "once"}
        asked = [callers.submit(hub.ask, "shop", "disable", None, **key) for _ in range(24)]
        answers = [each.result() for each in asked]
        assert {answer.status_code for answer in answers} == {202}
        (operation,) = {answer.json()["id"] for answer in answers}
        assert [*hub.events(operation)][-1]["text"] == "done"
        done = [each["action"] for each in hub.get("/api/v1/hub/operations")]
        assert done == ["disable", "up"]
