"""Starting and stopping modules: in the order of requirements and back, and no module in another's way."""

import asyncio
import logging
import os
import time
import warnings
from pathlib import Path

import pytest

from hub_core.loading.log_state import LogState
from hub_core.loading.process_state import changed_state, serving_state
from hub_core.runtime import first_use
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
ODD = """
    class Odd:
        def __anext__(self): raise OSError("odd")
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
        assert sorted(entries) == ["start base", "start middle", "start top", "start zeta"]
        assert [entry for entry in entries if "zeta" not in entry] == ["start base", "start middle", "start top"]
        await hub.inner.stop()
        assert entries[4:] == ["stop top", "stop middle", "stop zeta", "stop base"]


@pytest.mark.parametrize(
    ("fault", "logged"),
    [
        ("raise OSError('no')", "middle: its stop failed"),
        ("raise SystemExit(3)", "middle: its stop failed"),
        ("raise asyncio.CancelledError", ""),
        ("await asyncio.sleep(60)", "middle took more than 0.9 s to stop; going on without it"),
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
            left = [task for task in asyncio.all_tasks() if task.get_name() == "lifespan of middle"]
            for task in left:
                task.cancel()
            await asyncio.wait(left)


async def test_a_stop_may_take_what_the_others_do_not_need(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    many = {f"quick{number:02}": module() for number in range(20)}
    modules = chain(zeta=module(after="await asyncio.sleep(0.6)"), **many)
    async with sample_hub(tmp_path, modules, hub_table="stop_seconds = 3.0") as hub:
        entries = diary()
        await hub.inner.stop()
        assert "stop zeta" in entries
        assert len([entry for entry in entries if entry.startswith("stop")]) == 24
        assert "to stop" not in caplog.text


async def test_several_that_hang_leave_the_others_their_turn(tmp_path: Path) -> None:
    hanging = {f"hang{number}": module(after="await asyncio.sleep(60)") for number in range(5)}
    async with sample_hub(tmp_path, chain(**hanging), hub_table="stop_seconds = 1.0") as hub:
        entries, began = diary(), time.monotonic()
        await hub.inner.stop()
        assert time.monotonic() - began < 2
        assert {"stop top", "stop middle", "stop zeta", "stop base"} <= set(entries)


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
        (
            module(before="asyncio.current_task().cancel(); await asyncio.sleep(0)", requires=("sample-base",)),
            "RuntimeError: hub_lifespan ended by CancelledError before its yield",
        ),
        (
            module(before="asyncio.current_task().cancel()", requires=("sample-base",)),
            "RuntimeError: hub_lifespan cancelled its own task",
        ),
        (
            module(
                before="[task.cancel() for task in asyncio.all_tasks() if task.get_name() == 'middle comes up']",
                requires=("sample-base",),
            ),
            "RuntimeError: hub_lifespan cancelled its own start",
        ),
        (
            module(before="raise GeneratorExit", requires=("sample-base",)),
            "RuntimeError: hub_lifespan ended by GeneratorExit before its yield",
        ),
    ],
    ids=[
        "raises",
        "exits",
        "times out itself",
        "hangs",
        "never yields",
        "cancels itself",
        "cancels itself last",
        "cancels its start",
        "closes",
    ],
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
            assert {entry for entry in entries if "middle" not in entry} == {"start base", "start zeta"}
            assert (await hub.client.get("/api/v1/middle/x")).status_code == 503
            assert (await hub.client.get("/health/ready")).json()["status"] == "degraded"
        assert entries[-2:] == ["stop zeta", "stop base"]


@pytest.mark.parametrize(
    ("decorator", "kind"),
    [
        ("asynccontextmanager", "_AsyncGeneratorContextManager"),
        ("lambda function: wraps(function)(lambda context: iter(()))", "tuple_iterator"),
        ("lambda function: wraps(function)(lambda context: Odd())", "Odd"),
    ],
    ids=["context manager", "iterator", "odd generator"],
)
async def test_what_a_decorator_made_of_a_lifespan_fails_the_start_and_the_reason_says_what_it_should_be(
    tmp_path: Path, decorator: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    source = LIFESPAN.format(before="", yields="yield", after="").replace(
        "    @hookimpl",
        f"    from contextlib import asynccontextmanager\n    from functools import wraps\n{ODD}"
        f"    @hookimpl\n    @({decorator})",
    )
    middle = Sample({"__init__.py": source}, requires=("sample-diary", "sample-base"))
    async with sample_hub(tmp_path, chain(middle=middle)) as hub:
        failure = hub.inner.modules["middle"].failure
        assert failure is not None
        said = f"TypeError: hub_lifespan answered {kind}; it has to be an async function with one yield, without asynccontextmanager"
        assert (failure.phase, said in str(failure)) == ("start", True), str(failure)
        assert set(hub.inner.failures()) == {"middle", "top"}
        assert "its stop failed" not in caplog.text


async def test_a_start_that_blocks_the_event_loop_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocking = module(before="import time; time.sleep(1.2)")
    async with sample_hub(tmp_path, chain(zeta=blocking)) as hub:
        assert "zeta blocks the event loop: sample_zeta/__init__.py:" in caplog.text
        assert hub.inner.failures() == {}


async def test_a_module_whose_task_is_cancelled_while_it_serves_takes_nobody_along(tmp_path: Path) -> None:
    dying = """yield_task = asyncio.current_task()
        asyncio.get_running_loop().call_soon(yield_task.cancel)"""
    async with sample_hub(tmp_path, chain(zeta=module(before=dying))) as hub:
        entries = diary()
        for _ in range(3):
            assert (await hub.client.get("/health/live")).status_code == 200
    assert entries[4:] == ["stop top", "stop middle", "stop base"]


DEAF = """while "over" not in entries:
            try: await asyncio.sleep(60)
            except asyncio.CancelledError: pass"""


async def test_many_that_swallow_their_end_cost_the_others_nothing(tmp_path: Path) -> None:
    many = {f"deaf{number:02}": module(after=DEAF) for number in range(14)}
    async with sample_hub(tmp_path, chain(**many), hub_table="stop_seconds = 1.0") as hub:
        entries, began = diary(), time.monotonic()
        await hub.inner.stop()
        assert time.monotonic() - began < 2.5, "half a second for all of them together, and a turn for each"
        assert {"stop top", "stop middle", "stop zeta", "stop base"} <= set(entries)
        entries.append("over")
        left = [task for task in asyncio.all_tasks() if task.get_name().startswith("lifespan of deaf")]
        assert len(left) == 14
        for task in left:
            task.cancel()
        await asyncio.wait(left)


async def test_before_and_after_the_yield_run_in_one_task(tmp_path: Path) -> None:
    scoped = """import anyio
        group = await anyio.create_task_group().__aenter__()"""
    modules = chain(zeta=module(before=scoped, after="await group.__aexit__(None, None, None)"))
    async with sample_hub(tmp_path, modules) as hub:
        entries = diary()
        await hub.inner.stop()
    assert "stop zeta" in entries


CHANGES = {
    "changes the handler of SIGTERM": "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "changes the blocked signals": "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])",
    "changes the timers that send signals": "import signal; signal.setitimer(signal.ITIMER_VIRTUAL, 600)",
    "changes the environment variable HOME": "import os; os.environ['HOME'] = '/nowhere'",
    "removes the environment variable PATH": "import os; del os.environ['PATH']",
    "changes the working directory": "import os; os.chdir('/')",
    "changes the umask": "import os; os.umask(0o007)",
    "changes the locale": "import locale; locale.setlocale(locale.LC_ALL, 'C.UTF-8')",
    "changes the time zone": "import os, time; os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()",
    "changes faulthandler": "import faulthandler; faulthandler.disable() if faulthandler.is_enabled() else faulthandler.enable()",
    "changes the limit RLIMIT_NOFILE": (
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (400, r.getrlimit(r.RLIMIT_NOFILE)[1]))"
    ),
    "changes the trace or profile function": "import sys; sys.setprofile(lambda *told: None)",
    "changes the event loop policy": (
        "from asyncio import events; events._event_loop_policy = type('Policy', (), {'__module__': 'odd'})()"
    ),
    "changes the start method of processes": "import multiprocessing as m; m.set_start_method('spawn', force=True)",
    "changes the task factory of the event loop": (
        "asyncio.get_running_loop().set_task_factory(lambda loop, work, **how: asyncio.Task(work, loop=loop, **how))"
    ),
    "changes the exception handler of the event loop": (
        "asyncio.get_running_loop().set_exception_handler(lambda loop, told: None)"
    ),
    "changes the recursion limit": "import sys; sys.setrecursionlimit(100_000)",
    "changes the default timeout of sockets": "import socket; socket.setdefaulttimeout(1)",
    "changes garbage collection": "import gc; gc.disable()",
    "puts something in front in sys.path": "import sys; sys.path.insert(0, '/')",
    "removes from sys.path": "import sys; del sys.path[0]",
    "sets the level of the root logger to CRITICAL": "import logging; logging.root.setLevel(50)",
    "adds a handler to the root logger": "import logging; logging.root.addHandler(logging.NullHandler())",
    "disables logging up to CRITICAL": "import logging; logging.disable()",
}


@pytest.mark.parametrize("told", CHANGES)
async def test_a_start_that_changes_what_all_share_fails_alone_and_it_is_set_back(tmp_path: Path, told: str) -> None:
    steps = "\n        ".join(["await asyncio.sleep(0)"] * 30)
    changing = module(before=f"await asyncio.sleep(0)\n        {CHANGES[told]}", after="", requires=())
    modules = chain(middle=changing, zeta=module(before=steps))
    state, logs = serving_state(), LogState(loggers=None)
    async with sample_hub(tmp_path, modules, preload=False) as hub:
        failure = hub.inner.modules["middle"].failure
        assert failure is not None
        assert (failure.phase, told in str(failure.cause)) == ("start", True), str(failure)
        assert set(hub.inner.failures()) == {"middle", "top"}
        assert "stop middle" not in diary()
    assert [*changed_state(state, serving_state()), *logs.changes()] == []


async def test_a_start_that_changed_what_all_share_is_not_tried_again_and_listings_say_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_use, "FIRST_PAUSE_SECONDS", 0.05)
    broken = module(before=f"{CHANGES['changes the umask']}; raise RuntimeError('s3cret')")
    modules = chain(middle=broken, zeta=module(before="entries.append('tried'); raise RuntimeError('once more')"))
    umask = os.umask(0o022)
    try:
        async with sample_hub(tmp_path, modules) as hub:
            await asyncio.sleep(0.5)
            assert diary().count("tried") > 1
            assert diary().count("start middle") == 1
            assert os.umask(0o022) == 0o022
            reason = hub.inner.failures()["middle"].reason
            assert (reason.code, reason.text) == ("failed_start", "start (changes the umask)")
    finally:
        os.umask(umask)


CATCHES = """def work():
            import os, time, warnings
            until = time.monotonic() + 0.8
            while time.monotonic() < until:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    time.sleep(0.03)
                mask = os.umask(0o077)
                time.sleep(0.03)
                os.umask(mask)
        await asyncio.to_thread(work)"""


async def test_what_a_thread_of_another_module_changes_for_a_moment_fails_nobody(tmp_path: Path) -> None:
    steps = "\n        ".join(["import time", *["time.sleep(0.05)", "await asyncio.sleep(0.01)"] * 8])
    modules = {**chain(), "base": module(before=CATCHES), "zeta": module(before=steps)}
    filters, umask = list(warnings.filters), serving_state()["the umask"]
    async with sample_hub(tmp_path, modules) as hub:
        assert hub.inner.failures() == {}
    assert (list(warnings.filters), serving_state()["the umask"]) == (filters, umask)


async def test_what_a_thread_changes_for_good_is_set_back_and_no_other_module_is_blamed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    work = """def work():
            import os, time
            time.sleep(0.2)
            os.umask(0o007)
            time.sleep(0.1)
        await asyncio.to_thread(work)"""
    steps = "\n        ".join(["import time", *["time.sleep(0.05)", "await asyncio.sleep(0.001)"] * 10])
    umask = serving_state()["the umask"]
    modules = {**chain(), "base": module(before=work), "zeta": module(before=steps)}
    async with sample_hub(tmp_path, modules) as hub:
        assert hub.inner.failures() == {}
    assert serving_state()["the umask"] == umask
    assert "somebody changes the umask: set back" in caplog.text
