"""A module is imported when somebody first asks for it, in nobody's way, and again after it failed."""

import asyncio
import logging
import sys
import textwrap
import time
from pathlib import Path

import pytest

from hub_core.operations.processes.process_note import ModuleNote
from hub_core.runtime import first_use
from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_hub import Sample, sample_hub

ROUTES = """
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/hello")
    async def hello() -> str:
        return "{0}"
"""
PUBLISHER = """
    from hub_hookspecs import ExtensionPoint, hookimpl
    colours = ExtensionPoint("paint_colours")
    class Colours:
        @colours.hookspec
        def colour(self): ...
    @hookimpl
    def hub_extension_points():
        return {"paint_colours": Colours}
"""
CONTRIBUTOR = """
    from sample_paint import colours
    @colours.hookimpl
    def colour():
        return "red"
"""


def served(name: str, top: str = "") -> Sample:
    return Sample({"__init__.py": top, "routes/api/a.py": ROUTES.format(name)})


def only_where_it_serves(statement: str, flag: Path) -> str:
    """Source that does ``statement`` once the file ``flag`` is there: the probe has described the module by then."""
    return f"from pathlib import Path\nif Path({str(flag)!r}).exists():\n    {statement}\n"


def hangs_while(flag: Path) -> str:
    """A statement that takes until ``flag`` is gone. A thread that hung on would keep the import lock of ``sample_…``."""
    return f"import time\n    while Path({str(flag)!r}).exists(): time.sleep(0.05)"


async def test_nothing_is_imported_before_the_first_request_and_all_of_it_is_known(tmp_path: Path) -> None:
    modules = {"shop": served("shop"), "wiki": served("wiki")}
    async with sample_hub(tmp_path, modules, preload=False) as hub:
        document = (await hub.client.get("/openapi.json")).json()
        assert {"/api/v1/shop/hello", "/api/v1/wiki/hello"} <= set(document["paths"])
        assert (await hub.client.get("/health/ready")).json()["status"] == "ready"
        assert not any(name.startswith("sample_") for name in sys.modules)
        assert (await hub.client.get("/api/v1/shop/hello")).json() == "shop"
        assert {name for name in sys.modules if name.startswith("sample_")} >= {"sample_shop"}
        assert "sample_wiki" not in sys.modules


async def test_many_first_requests_import_it_once(tmp_path: Path) -> None:
    flag, counted = tmp_path / "flag", tmp_path / "counted"
    counted.touch()
    again = f"Path({str(counted)!r}).read_text() + 'x'"
    top = only_where_it_serves(f"Path({str(counted)!r}).write_text({again})", flag)
    async with sample_hub(tmp_path, {"shop": served("shop", top)}, preload=False) as hub:
        flag.touch()
        answers = await asyncio.gather(*(hub.client.get("/api/v1/shop/hello") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        assert counted.read_text() == "x"


async def test_what_it_requires_and_what_contributes_to_it_come_up_with_it(tmp_path: Path) -> None:
    modules = {
        "base": served("base"),
        "top": Sample({"routes/api/a.py": ROUTES.format("top")}, requires=("sample-base",)),
        "aside": served("aside"),
        "paint": Sample(
            {"__init__.py": PUBLISHER, "routes/api/a.py": ROUTES.format("paint")},
            manifest='[extension_points]\npaint_colours = "1.0"\n',
        ),
        "acme": Sample(
            {"__init__.py": CONTRIBUTOR}, '[implements]\npaint_colours = ">=1,<2"\n', requires=("sample-paint",)
        ),
    }
    async with sample_hub(tmp_path, modules, preload=False) as hub:
        assert (await hub.client.get("/api/v1/top/hello")).json() == "top"
        assert up_in(hub) == {"base", "top"}
        assert (await hub.client.get("/api/v1/paint/hello")).json() == "paint"
        assert up_in(hub) == {"base", "top", "paint", "acme"}
        answers = hub.inner.modules["paint"].context.contributions("paint_colours", "colour")
        assert [(answer.module, answer.value) for answer in answers] == [("acme", "red")]


async def test_contributions_are_there_when_the_one_who_asks_for_them_starts(tmp_path: Path) -> None:
    asks = """
    from hub_hookspecs import hookimpl
    seen = []
    @hookimpl
    async def hub_lifespan(context):
        seen.extend(answer.value for answer in context.contributions("paint_colours", "colour"))
        yield
"""
    modules = {
        "paint": Sample({"__init__.py": PUBLISHER + asks}, manifest='[extension_points]\npaint_colours = "1.0"\n'),
        "acme": Sample(
            {"__init__.py": CONTRIBUTOR}, '[implements]\npaint_colours = ">=1,<2"\n', requires=("sample-paint",)
        ),
    }
    async with sample_hub(tmp_path, modules, preload=False):
        assert sys.modules["sample_paint"].seen == ["red"]


async def test_one_that_contributes_and_hangs_holds_its_publisher_up_briefly_and_joins_later(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    slow = only_where_it_serves("import time; time.sleep(5)", flag) + textwrap.dedent(CONTRIBUTOR)
    modules = {
        "paint": Sample(
            {"__init__.py": PUBLISHER, "routes/api/a.py": ROUTES.format("paint")},
            manifest='[extension_points]\npaint_colours = "1.0"\n',
        ),
        "guest": Sample({"__init__.py": slow}, '[implements]\npaint_colours = ">=1,<2"\n', requires=("sample-paint",)),
    }
    async with sample_hub(tmp_path, modules, preload=False) as hub:
        flag.touch()
        began = time.monotonic()
        assert (await hub.client.get("/api/v1/paint/hello")).json() == "paint"
        assert time.monotonic() - began < 4.5
        context = hub.inner.modules["paint"].context
        assert list(context.contributions("paint_colours", "colour")) == []
        assert (await hub.client.get("/api/v1/paint/hello")).json() == "paint"
        for _ in range(80):
            await asyncio.sleep(0.1)
            if "guest" in up_in(hub):
                break
        assert [answer.value for answer in context.contributions("paint_colours", "colour")] == ["red"]


FAILS_AT_START = """
    from hub_hookspecs import hookimpl
    @hookimpl
    async def hub_lifespan(context):
        {0}
        yield
"""


class Phases(ModuleNote):
    """What is noted of one module, to be looked at."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def phase(self, phase: str) -> None:
        self.noted.append(phase)


async def test_one_whose_thread_is_left_behind_stays_noted(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    modules = {"stuck": served("stuck", only_where_it_serves(hangs_while(flag), flag))}
    async with sample_hub(tmp_path, modules, preload=False, hub_table="start_seconds = 0.5") as hub:
        flag.touch()
        note = hub.inner.modules["stuck"].note = Phases()
        turn = hub.inner.first_use._turn
        assert (await hub.client.get("/api/v1/stuck/hello")).status_code == 503
        assert note.noted[-1] == "import"
        assert hub.inner.first_use._turn is not turn
    flag.unlink()


async def test_a_timeout_error_of_its_own_is_no_thread_left_behind(tmp_path: Path) -> None:
    source = FAILS_AT_START.format("raise TimeoutError('own')")
    async with sample_hub(tmp_path, {"clock": Sample({"__init__.py": source}), "wiki": served("wiki")}) as hub:
        clock, turn = hub.inner.modules["clock"], hub.inner.first_use._turn
        note = clock.note = Phases()
        assert clock.failure is not None
        await hub.inner.first_use._attempt(clock)
        assert "TimeoutError: own" in str(clock.failure)
        assert (note.noted[-2:], hub.inner.first_use._turn is turn) == (["start", ""], True)


def up_in(hub: RunningHub) -> set[str]:
    return {name for name, live in hub.inner.modules.items() if live.is_up}


async def test_one_that_takes_long_is_not_waited_for_forever_and_keeps_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_use, "REQUEST_SECONDS", 0.4)
    monkeypatch.setattr(first_use, "TURN_SECONDS", 0.1)
    flag = tmp_path / "flag"
    top = only_where_it_serves("import time; time.sleep(2)", flag)
    modules = {"slow": served("slow", top), "quick": served("quick")}
    async with sample_hub(tmp_path, modules, preload=False) as hub:
        flag.touch()
        waiting, answer = await asyncio.gather(
            hub.client.get("/api/v1/slow/hello"), hub.client.get("/api/v1/quick/hello")
        )
        assert answer.json() == "quick"
        assert (waiting.status_code, waiting.json()["code"]) == (503, "module_starting")
        assert waiting.headers["Retry-After"] == "5"
        assert hub.inner.failures() == {}
        await asyncio.sleep(2.2)
        assert (await hub.client.get("/api/v1/slow/hello")).json() == "slow"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("raise OSError('no file')", "OSError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("hangs", "TimeoutError"),
    ],
)
async def test_well_in_the_probe_and_not_here_it_fails_here_and_is_said_to(
    tmp_path: Path, statement: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    flag = tmp_path / "flag"
    does = hangs_while(flag) if statement == "hangs" else statement
    modules = {"shop": served("shop", only_where_it_serves(does, flag)), "wiki": served("wiki")}
    async with sample_hub(tmp_path, modules, preload=False, hub_table="start_seconds = 0.7") as hub:
        flag.touch()
        refused = await hub.client.get("/api/v1/shop/hello")
        assert (refused.status_code, refused.json()["code"]) == (503, "module_failed")
        failure = hub.inner.failures()["shop"]
        assert (failure.condition, failure.reason.code) == ("failed", "failed_import")
        assert told in failure.reason.text
        assert "shop failed: import" in caplog.text
        assert (await hub.client.get("/api/v1/wiki/hello")).json() == "wiki"
        assert "/api/v1/shop/hello" not in (await hub.client.get("/openapi.json")).json()["paths"]
    flag.unlink()


async def test_what_failed_is_tried_again_and_each_change_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(first_use, "FIRST_PAUSE_SECONDS", 0.05)
    flag = tmp_path / "flag"
    base = served("base", only_where_it_serves("raise OSError('not yet')", flag))
    top = Sample({"routes/api/a.py": ROUTES.format("top")}, requires=("sample-base",))
    with caplog.at_level(logging.INFO, logger=first_use.__name__):
        async with sample_hub(tmp_path, {"base": base, "top": top}, preload=False) as hub:
            flag.touch()
            assert (await hub.client.get("/api/v1/top/hello")).status_code == 503
            assert hub.inner.failures()["top"].reason.code == "failed_requirements"
            await asyncio.sleep(0.5)
            flag.unlink()
            await asyncio.sleep(1.5)
            assert hub.inner.failures() == {}
            assert (await hub.client.get("/api/v1/top/hello")).json() == "top"
    lines = [record.getMessage() for record in caplog.records if record.name == first_use.__name__]
    assert lines == ["base failed: import", "top failed: requirements", "base is up", "top is up"]


async def test_files_that_were_changed_meanwhile_are_not_imported(tmp_path: Path) -> None:
    async with sample_hub(tmp_path, {"shop": served("shop"), "wiki": served("wiki")}, preload=False) as hub:
        assert (await hub.client.get("/api/v1/wiki/hello")).json() == "wiki"
        for name in ("shop", "wiki"):
            file = tmp_path / "site" / f"sample_{name}" / "routes" / "api" / "a.py"
            file.write_text(file.read_text().replace(f'"{name}"', '"another"'))
        refused = await hub.client.get("/api/v1/shop/hello")
        assert (refused.status_code, refused.json()["code"]) == (503, "module_changed")
        assert "sample_shop" not in sys.modules
        assert (await hub.client.get("/api/v1/wiki/hello")).json() == "wiki"
