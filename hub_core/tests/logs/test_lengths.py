"""No line is longer than is bearable, whatever makes it long; one of JSON stays one JSON object."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from hub_core.logs import set_up_logging
from hub_core.logs.lengths import LONGEST_LINE
from hub_core.settings import read_settings

LONG = "x" * 5_000_000
SET_UP = ("", "uvicorn", "uvicorn.error", "uvicorn.access", "alembic", "aiosqlite")


@pytest.fixture(params=["json", "text"])
def stream(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[io.StringIO]:
    """What a hub writes to standard error, in both formats."""
    written, configured = io.StringIO(), structlog.get_config()
    loggers = [logging.getLogger(name) for name in SET_UP]
    before = [(each, list(each.handlers), each.level, each.propagate) for each in loggers]
    monkeypatch.setattr(sys, "stderr", written)
    set_up_logging(read_settings(tmp_path, log_format=request.param))
    written.is_json = request.param == "json"  # type: ignore[attr-defined]
    yield written
    for each, handlers, level, propagate in before:
        each.handlers[:], each.propagate = handlers, propagate
        each.setLevel(level)
    structlog.configure(**configured)


def raised() -> None:
    try:
        raise ValueError(LONG)
    except ValueError as error:
        error.add_note(LONG)
        raise RuntimeError("the last") from error


LONG_EXTRAS: dict[str, dict[str, Any]] = {
    "a text": {"a": LONG},
    "bytes": {"a": LONG.encode()},
    "nested": {"a": {"b": [{"c": LONG}] * 9}},
    "many": {"a": list(range(100_000))},
    "many names": {f"name{number}": "x" * 40 for number in range(5000)},
    "a long name": {LONG: 1},
    "what JSON writes in six characters each": {"a": "\0" * 15_000},
}


@pytest.mark.parametrize("extra", LONG_EXTRAS.values(), ids=LONG_EXTRAS)
@pytest.mark.parametrize("logger", ["shop", "hub_core.web"])
def test_what_extra_adds_is_cut(stream: io.StringIO, extra: dict[str, Any], logger: str) -> None:
    logging.getLogger(logger).warning("it happened", extra=extra)
    line = told(stream)
    assert "it happened" in line
    assert logger in line


def test_the_text_of_an_exception_is_cut_and_the_traceback_is_told(stream: io.StringIO) -> None:
    try:
        raised()
    except RuntimeError:
        logging.getLogger("hub_core.web").exception("it failed")
    line = told(stream)
    for part in ("it failed", "ValueError", "RuntimeError", "the last", "raised"):
        assert part in line


def test_a_bearable_line_is_written_as_it_is(stream: io.StringIO) -> None:
    logging.getLogger("shop").warning("it happened", extra={"a": "y" * 15_000})
    assert "y" * 15_000 in stream.getvalue()


def told(stream: io.StringIO) -> str:
    written = stream.getvalue()
    assert len(written) < LONGEST_LINE + 100
    if stream.is_json:  # type: ignore[attr-defined]
        (line,) = written.splitlines()
        assert {"event", "level", "logger", "timestamp"} <= set(json.loads(line))
    return written
