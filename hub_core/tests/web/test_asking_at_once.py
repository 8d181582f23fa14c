"""A module is enabled while what it requires is disabled: one after the other, whoever wins, and what is left holds together.

``HUB_TEST_RACES`` (1) says how often each race is run.
"""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub_core.database import connect, leader_lock, parse_url
from hub_core.registry import operations
from hub_core.tests.cli.hub_processes import run_new_hub
from hub_core.tests.sample_modules import SampleModules
from hub_core.tests.web.asked_hub import AskedHub, asked_hub

ROUNDS = int(os.environ.get("HUB_TEST_RACES", "1"))


@pytest.fixture
async def asked(
    tmp_path: Path, database_url: str, samples: SampleModules, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AskedHub]:
    async with asked_hub(tmp_path, database_url, samples, monkeypatch, "shop") as hub:
        yield hub


def nothing_overlaps(asked: AskedHub) -> bool:
    with connect(parse_url(asked.url), read_only=True) as connection:
        rows = operations(connection)
    return all(
        first.finished_at is not None and first.finished_at <= second.started_at
        for first, second in itertools.pairwise(rows)
    )


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("cascade", [False, True])
async def test_enabling_what_requires_a_module_that_is_disabled_is_one_after_the_other(
    asked: AskedHub, cascade: bool
) -> None:
    for _ in range(ROUNDS):
        enabling, disabling = await asyncio.gather(
            asked.ask("till", "enable"), asked.ask("shop", "disable", {"cascade": cascade})
        )
        ended = await asyncio.gather(*(asked.ended(each.json()["id"]) for each in (enabling, disabling)))
        outcomes = tuple(each["outcome"] for each in ended)
        states = asked.states()
        assert outcomes in {("done", "done"), ("done", "refused")}
        assert (states["till"], states["shop"]) in {("enabled", "enabled"), ("disabled", "disabled")}
        assert outcomes[1] == "done" or ended[1]["problem"]["code"] == "module_still_required"
        assert nothing_overlaps(asked)
        assert (await asked.done("till", "disable"))["outcome"] in ("done", "nothing_to_do")


@pytest.mark.timeout(1800)
async def test_a_command_line_beside_it_waits_for_its_turn_as_well(asked: AskedHub, samples: SampleModules) -> None:
    for _ in range(ROUNDS):
        command = asyncio.to_thread(
            run_new_hub, asked.folder, "disable", "shop", "--yes", path=samples.site, HUB_DATABASE_URL=asked.url
        )
        told, ran = await asyncio.gather(asked.done("till", "enable"), command)
        states = asked.states()
        assert (told["outcome"], states["till"], states["shop"]) == ("done", "enabled", "enabled")
        assert ran.returncode in (0, 1)
        assert nothing_overlaps(asked)
        if ran.returncode == 1:
            row = next(row for row in reversed(asked.audit()) if row.channel == "command")
            assert (row.action, row.outcome, row.code) == ("disable", "refused", "module_still_required")
            assert row.modules == ["shop"]
        assert (await asked.done("till", "disable"))["outcome"] == "done"


@pytest.mark.timeout(600)
async def test_who_waits_longer_than_lock_seconds_is_told_whose_turn_it_is(
    tmp_path: Path, database_url: str, samples: SampleModules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_LOCK_SECONDS", "1")
    async with asked_hub(tmp_path, database_url, samples, monkeypatch, "shop") as asked:
        with leader_lock(parse_url(asked.url), wait_seconds=1):
            told = await asked.done("shop", "disable")
        assert (told["outcome"], told["problem"]["code"]) == ("refused", "leader_busy")
        assert str(os.getpid()) in told["problem"]["cause"]
        assert asked.journal() == [("up", "done")]
        assert (await asked.done("shop", "disable"))["outcome"] == "done"
