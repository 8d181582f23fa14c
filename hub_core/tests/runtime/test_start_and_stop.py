"""Starting and stopping modules: in the order of requirements and back, and no module in another's way."""

import logging
import time
from pathlib import Path

import pytest

from hub_core.tests.sample_hub import Sample, sample_hub

LIFESPAN = """
    import asyncio
    from hub_hookspecs import hookimpl
    from sample_diary import entries

    @hookimpl
    async def hub_lifespan(context):
        entries.append(f"start {{context.name}}")
        {before}
        {yields}
        {after}
        entries.append(f"stop {{context.name}}")
"""
SWALLOW = "\n        ".join((
    "while True:",
    "    try: await asyncio.sleep(60)",
    "    except asyncio.CancelledError:",
    "        if entries.append('cancelled') or entries.count('cancelled') > 1: return",
))  # fmt: skip


def module(before: str = "", yields: str = "yield", after: str = "", requires: tuple[str, ...] = ()) -> Sample:
    source = LIFESPAN.format(before=before, yields=yields, after=after)
    return Sample({"__init__.py": source}, requires=("sample-diary", *requires))


def chain(**faulty: Sample) -> dict[str, Sample]:
    """``base``, ``middle`` that requires it, ``top`` that requires that, and ``zeta`` beside them."""
    healthy = {
        "base": module(),
        "middle": module(requires=("sample-base",)),
        "top": module(requires=("sample-middle",)),
        "zeta": module(),
    }
    return {"diary": Sample({"__init__.py": "entries = []"}), **healthy, **faulty}


def diary() -> list[str]:
    from sample_diary import entries  # type: ignore[import-not-found]

    found: list[str] = entries
    return found


async def test_requirements_start_first_and_stop_last(tmp_path: Path) -> None:
    async with sample_hub(tmp_path, chain()) as hub:
        entries = diary()
        assert entries == ["start base", "start zeta", "start middle", "start top"]
        await hub.inner.stop()
        assert entries[4:] == ["stop top", "stop middle", "stop zeta", "stop base"]


@pytest.mark.parametrize(
    ("fault", "logged"),
    [
        ("raise OSError('no')", "middle: its stop failed"),
        ("raise SystemExit(3)", "middle: its stop failed"),
        ("raise asyncio.CancelledError", ""),
        ("await asyncio.sleep(60)", "middle took more than 0.3 s to stop; going on without it"),
        (SWALLOW, "middle: its lifespan goes on although it was cancelled"),
        ("yield", "middle: hub_lifespan yielded more than once"),
    ],
    ids=["raises", "exits", "cancels", "hangs", "swallows", "yields again"],
)
async def test_a_stop_that_goes_wrong_keeps_no_other_from_stopping_and_ends_in_time(
    tmp_path: Path, fault: str, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    modules = chain(middle=module(after=fault, requires=("sample-base",)))
    async with sample_hub(tmp_path, modules, hub_table="stop_seconds = 1.0") as hub:
        entries, began = diary(), time.monotonic()
        await hub.inner.stop()
        assert time.monotonic() - began < 2
        assert [entry for entry in entries if entry.startswith("stop")] == ["stop top", "stop zeta", "stop base"]
        assert logged in caplog.text
        if fault is SWALLOW:
            import asyncio

            left = [task for task in asyncio.all_tasks() if task.get_name() == "lifespan of middle"]
            for task in left:
                task.cancel()
            await asyncio.wait(left)


@pytest.mark.parametrize(
    ("middle", "told"),
    [
        (module(before="raise OSError('no line')", requires=("sample-base",)), "OSError: no line"),
        (module(before="raise SystemExit(3)", requires=("sample-base",)), "SystemExit: 3"),
        (module(before="raise TimeoutError('own')", requires=("sample-base",)), "TimeoutError: own"),
        (module(before="await asyncio.sleep(60)", requires=("sample-base",)), "TimeoutError: took more than 0.3 s"),
        (
            module(yields="if False: yield", requires=("sample-base",)),
            "RuntimeError: hub_lifespan ended without a yield",
        ),
        (module(yields="return", requires=("sample-base",)), "TypeError: hub_lifespan answered <coroutine"),
    ],
    ids=["raises", "exits", "times out itself", "hangs", "never yields", "is no generator"],
)
async def test_a_start_that_goes_wrong_fails_that_module_and_blocks_what_requires_it(
    tmp_path: Path, middle: Sample, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        async with sample_hub(tmp_path, chain(middle=middle), hub_table="start_seconds = 0.3") as hub:
            entries = diary()
            failure = hub.inner.modules["middle"].failure
            assert failure is not None
            assert hub.inner.modules["middle"].start_seconds < 2
            assert (failure.phase, told in str(failure)) == ("start", True), str(failure)
            assert hub.inner.failures()["top"].reason.code == "failed_requirements"
            assert set(hub.inner.failures()) == {"middle", "top"}
            assert entries[:2] == ["start base", "start zeta"]
            assert "start top" not in entries
            assert (await hub.client.get("/api/v1/middle/x")).status_code == 503
            assert (await hub.client.get("/health/ready")).json()["status"] == "degraded"
        assert entries[-2:] == ["stop zeta", "stop base"]


async def test_a_module_whose_task_is_cancelled_while_it_serves_takes_nobody_along(tmp_path: Path) -> None:
    dying = """yield_task = asyncio.current_task()
        asyncio.get_running_loop().call_soon(yield_task.cancel)"""
    async with sample_hub(tmp_path, chain(zeta=module(before=dying))) as hub:
        entries = diary()
        for _ in range(3):
            assert (await hub.client.get("/health/live")).status_code == 200
    assert entries[4:] == ["stop top", "stop middle", "stop base"]


async def test_before_and_after_the_yield_run_in_one_task(tmp_path: Path) -> None:
    scoped = """import anyio
        group = await anyio.create_task_group().__aenter__()"""
    modules = chain(zeta=module(before=scoped, after="await group.__aexit__(None, None, None)"))
    async with sample_hub(tmp_path, modules) as hub:
        entries = diary()
        await hub.inner.stop()
    assert "stop zeta" in entries
