"""A line that is written without structlog is the one that structlog would have written."""

import json
import logging
from typing import Any

import pytest

from hub_core.logs.plain_lines import plain_line
from hub_core.logs.structured import structured_formatter


class Told:
    def __structlog__(self) -> str:
        return "as it wants to be told"


RECORDS: dict[str, dict[str, Any]] = {
    "plain": {"msg": "it happened"},
    "with arguments": {"msg": "%s happened to %d", "args": ("it", 7)},
    "with more": {"msg": "it happened", "path": "/a", "ms": 1.5, "nothing": None},
    "over names of ours": {"msg": "it happened", "level": "loud", "event": "another"},
    "with objects": {"msg": "it happened", "told": Told(), "other": {1, 2}},
    "no text": {"msg": 5},
    "a level of its own": {"msg": "it happened", "levelname": "NOTICE"},
    "long": {"msg": "it happened", "long": "x" * 100_000},
}


@pytest.mark.parametrize("values", RECORDS.values(), ids=RECORDS)
def test_both_write_the_same_names_and_values_in_the_same_order(values: dict[str, Any]) -> None:
    record = logging.makeLogRecord({"name": "shop", "levelname": "WARNING", **values})
    plain, whole = json.loads(plain_line(record)), json.loads(structured_formatter(is_text=False).format(record))
    for line in (plain, whole):
        assert line.pop("timestamp").endswith("Z")
    assert list(plain.items()) == list(whole.items())
