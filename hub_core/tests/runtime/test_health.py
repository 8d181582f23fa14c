"""A health hook that fails, hangs or answers nonsense is unhealthy within its limit; the health of the others is told."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from hub_core.tests.runtime.test_first_use import served
from hub_core.tests.sample_hub import sample_hub

HEALTH = """
    import asyncio
    from hub_hookspecs import Health, HealthStatus, hookimpl

    @hookimpl
    async def hub_health(context):
        {}
"""
SWALLOWS = """for _ in range(8):
            try:
                await asyncio.sleep(0.5)
            except asyncio.CancelledError:
                pass"""
BAD = {
    "raises": ("raise OSError('no line')", "health check failed"),
    "exits": ("raise SystemExit(3)", "health check failed"),
    "is cancelled": ("raise asyncio.CancelledError", "health check failed"),
    "cancels itself": ("asyncio.current_task().cancel(); await asyncio.sleep(0)", "health check failed"),
    "cancels itself at its end": ("asyncio.current_task().cancel()", "health check failed"),
    "closes itself": ("raise GeneratorExit", "health check failed"),
    "answers nonsense": ("return 'fine'", "health check failed"),
    "answers a status there is not": ("return Health(status='splendid')", "health check failed"),
    "hangs": ("await asyncio.sleep(60)", "health check timed out"),
    "swallows its cancellation": (SWALLOWS, "health check timed out"),
}


async def test_each_is_told_and_none_holds_up_the_others(tmp_path: Path) -> None:
    names = [f"bad{number}" for number in range(len(BAD))]
    modules = {name: served(name, HEALTH.format(body)) for name, (body, _) in zip(names, BAD.values(), strict=True)}
    modules["well"] = served("well", HEALTH.format("return Health(status=HealthStatus.HEALTHY, detail='fine')"))
    async with sample_hub(tmp_path, modules) as hub:
        began = time.monotonic()
        answers = await asyncio.gather(*(hub.client.get("/health/ready") for _ in range(3)))
        assert time.monotonic() - began < 15, "a limit for each, but at the same time"
        for answer in answers:
            assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
            told = answer.json()["modules"]
            assert told["well"] == {"status": "healthy", "detail": "fine"}
            assert {name: told[name]["detail"] for name in names} == dict(
                zip(names, (detail for _, detail in BAD.values()), strict=True)
            )
        assert (await hub.client.get("/health/modules/well")).status_code == 200
        assert (await hub.client.get("/health/modules/bad0")).status_code == 503


COUNTING = """
    import asyncio
    from hub_hookspecs import Health, HealthStatus, hookimpl
    calls = []

    @hookimpl
    async def hub_health(context):
        calls.append(1)
        {}
"""


async def test_many_who_ask_at_once_wait_for_one_answer(tmp_path: Path) -> None:
    top = COUNTING.format("await asyncio.sleep(0.3)\n        return Health(status=HealthStatus.HEALTHY, detail='fine')")
    async with sample_hub(tmp_path, {"slow": served("slow", top)}) as hub:
        leaves = asyncio.create_task(hub.client.get("/health/ready"))
        await asyncio.sleep(0.1)
        others = [asyncio.create_task(hub.client.get("/health/ready")) for _ in range(40)]
        await asyncio.sleep(0.05)
        leaves.cancel()
        for answer in await asyncio.gather(*others):
            assert answer.json()["modules"]["slow"] == {"status": "healthy", "detail": "fine"}
        assert sys.modules["sample_slow"].calls == [1]


async def test_a_check_that_swallows_its_cancellation_runs_once_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_core.runtime.module_health.LIMIT_SECONDS", 0.1)
    monkeypatch.setattr("hub_core.runtime.module_health.KEPT_SECONDS", 0.0)
    body = """while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                pass"""
    top = COUNTING.format(body).replace("calls = []", "calls, over = [], asyncio.Event()")
    async with sample_hub(tmp_path, {"deaf": served("deaf", top)}) as hub:
        deaf = sys.modules["sample_deaf"]
        try:
            for _ in range(5):
                told = (await hub.client.get("/health/modules/deaf")).json()
                assert told["detail"] == "health check timed out"
            assert deaf.calls == [1]
        finally:
            deaf.over.set()
        await asyncio.sleep(0.05)
        assert (await hub.client.get("/health/modules/deaf")).json()["status"] == "healthy"
        assert deaf.calls == [1, 1]


async def test_a_detail_is_cut_and_can_be_sent(tmp_path: Path) -> None:
    top = HEALTH.format(r"return Health(status=HealthStatus.HEALTHY, detail='\ud800' + 'x' * 5_000_000)")
    async with sample_hub(tmp_path, {"wordy": served("wordy", top)}) as hub:
        answer = await hub.client.get("/health/ready")
        assert answer.json()["modules"]["wordy"]["detail"] == "?" + "x" * 499


@pytest.mark.parametrize(
    ("hook", "source", "said"),
    [
        ("hub_health", "def hub_health(context):\n    return None", "hub_health is not an async function"),
        (
            "hub_lifespan",
            "async def hub_lifespan(context):\n    return",
            "hub_lifespan is not an async function with one",
        ),
        ("hub_lifespan", "def hub_lifespan(context):\n    yield", "hub_lifespan is not an async function with one"),
    ],
)
async def test_a_hook_that_could_only_hold_the_event_loop_is_refused(
    tmp_path: Path, hook: str, source: str, said: str
) -> None:
    top = f"from hub_hookspecs import hookimpl\n@hookimpl\n{source}\n"
    async with sample_hub(tmp_path, {"bad": served("bad", top), "well": served("well")}) as hub:
        (error,) = hub.raised.errors
        assert error.phase == "hooks"
        assert said in str(error.cause)
        assert (await hub.client.get("/api/v1/well/hello")).json() == "well"
