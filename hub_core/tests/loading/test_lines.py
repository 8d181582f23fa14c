"""Lines from a pipe whose other end does as it likes."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from hub_core.loading import lines as limits
from hub_core.loading.lines import Lines


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for file in (reading, writing):
        with suppress(OSError):
            os.close(file)


def test_lines_come_whole_however_they_were_written(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    lines = Lines(reading)
    os.write(writing, b"one\ntwo\nthr")
    assert [lines.next(1), lines.next(1)] == [b"one", b"two"]
    with pytest.raises(TimeoutError):
        lines.next(0)
    os.write(writing, b"ee\n")
    assert lines.next(1) == b"three"


def test_what_was_never_ended_is_no_line(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, b"whole\nhalf")
    os.close(writing)
    lines = Lines(reading)
    assert [lines.next(1), lines.next(1), lines.next(1)] == [b"whole", None, None]


def test_nobody_waits_longer_than_told(pipe: tuple[int, int]) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        Lines(pipe[0]).next(0.1)
    assert 0.09 < time.monotonic() - began < 5


def test_a_line_without_end_is_refused(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LARGEST_LINE", 1000)
    os.write(pipe[1], bytes(2000))
    with pytest.raises(ValueError, match="more than 1000 bytes without an end"):
        Lines(pipe[0]).next(1)
