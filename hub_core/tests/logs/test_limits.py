"""One module that floods the log is held to its limit, counted and named; the others are heard."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hub_hookspecs.host import current_call

from hub_core.logs.lengths import LONGEST_LINE
from hub_core.logs.limits import BURST, PER_SECOND, LogLimits
from hub_core.runtime.acting import begin
from hub_core.tests.sample_hub import Sample, sample_hub


@pytest.fixture
def written() -> Iterator[tuple[io.StringIO, LogLimits]]:
    """What comes out behind the limits, and these."""
    stream, limits = io.StringIO(), LogLimits()
    handler = logging.StreamHandler(stream)
    handler.addFilter(limits)
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream, limits
    root.removeHandler(handler)


def test_a_flood_is_cut_off_and_counted_and_others_are_heard(written: tuple[io.StringIO, LogLimits]) -> None:
    stream, limits = written
    flooding = logging.getLogger("hub_module_shop.routes")
    for number in range(BURST * 3):
        flooding.warning("line %d", number)
    logging.getLogger("hub_module_wiki").warning("I am here")
    lines = stream.getvalue().splitlines()
    assert BURST <= sum(line.startswith("line") for line in lines) < BURST + 5 * PER_SECOND
    assert limits.dropped["hub_module_shop"] == BURST * 3 - sum(line.startswith("line") for line in lines)
    assert lines.count(f"hub_module_shop writes more than {PER_SECOND} lines a second; the rest is dropped") == 1
    assert lines[-1] == "I am here"
    assert set(limits.dropped) == {"hub_module_shop"}


def test_the_hub_itself_is_not_limited(written: tuple[io.StringIO, LogLimits]) -> None:
    stream, limits = written
    for _ in range(BURST * 2):
        logging.getLogger("hub_core.web").warning("a request")
    assert len(stream.getvalue().splitlines()) == BURST * 2
    assert limits.dropped == {}


def test_names_without_end_share_one_limit(written: tuple[io.StringIO, LogLimits]) -> None:
    _, limits = written
    for number in range(5000):
        logging.getLogger(f"made{number}").manager.loggerDict.pop(f"made{number}")
        limits.filter(logging.LogRecord(f"made{number}", logging.INFO, "", 1, "x", (), None))
    assert len(limits._allowances) <= 1002
    assert set(limits.dropped) == {"others"}


def test_a_line_of_megabytes_is_cut(written: tuple[io.StringIO, LogLimits]) -> None:
    stream, _ = written
    logging.getLogger("shop").warning("%s", "x" * 5_000_000)
    line = stream.getvalue()
    assert len(line) < LONGEST_LINE + 100
    assert "5000000 characters" in line


@contextmanager
def in_a_call_of(module: str) -> Iterator[None]:
    token = current_call.set(cast(Any, SimpleNamespace(module=module)))
    yield
    current_call.reset(token)


@pytest.mark.parametrize("name", ["hub_core.web", "sqlalchemy.engine", "uvicorn.error", "asyncio", "wiki"])
def test_in_a_call_of_a_module_it_pays_whatever_the_name_of_the_logger(
    written: tuple[io.StringIO, LogLimits], name: str, tmp_path: Any
) -> None:
    _, limits = written
    source = "for number in range(count):\n    logger.warning('line %d', number)"
    code = compile(source, str(tmp_path / "routes.py"), "exec")
    with in_a_call_of("shop"):
        exec(code, {"logger": logging.getLogger(name), "count": BURST * 2})
    assert set(limits.dropped) == {"shop"}
    assert limits.dropped["shop"] > BURST / 2


def test_what_the_hubs_own_code_writes_in_a_call_of_a_module_is_free(written: tuple[io.StringIO, LogLimits]) -> None:
    stream, limits = written
    with in_a_call_of("shop"):
        for _ in range(BURST * 2):
            logging.getLogger("hub_core.web.requests").warning("request")
    assert len(stream.getvalue().splitlines()) == BURST * 2
    assert limits.dropped == {}


FLOODS = """
    import asyncio, logging
    from hub_hookspecs import hookimpl

    async def flood():
        for number in range(4000):
            logging.getLogger({logger}).warning("line %d", number)

    @hookimpl
    async def hub_lifespan(context):
        task = asyncio.create_task(flood())
        await task
        yield
"""


@pytest.mark.parametrize("logger", ["uvicorn.error", "", "hub_core.web"])
async def test_a_task_that_a_lifespan_began_pays_whatever_the_name_of_the_logger(
    written: tuple[io.StringIO, LogLimits], logger: str, tmp_path: Path
) -> None:
    stream, limits = written
    modules = {name: Sample({"__init__.py": FLOODS.format(logger=repr(logger))}) for name in ("shop", "wiki")}
    async with sample_hub(tmp_path, modules) as hub:
        assert hub.inner.failures() == {}
    assert set(limits.dropped) == {"shop", "wiki"}
    assert min(limits.dropped.values()) > BURST / 2
    assert sum(line.startswith("line") for line in stream.getvalue().splitlines()) < 2 * (BURST + 5 * PER_SECOND)


async def test_what_the_hubs_own_code_writes_in_a_task_of_a_module_is_free(
    written: tuple[io.StringIO, LogLimits],
) -> None:
    _, limits = written

    async def told() -> None:
        for _ in range(BURST * 2):
            logging.getLogger("hub_core.runtime").warning("is up")

    await begin("shop", told(), "told")
    assert limits.dropped == {}
