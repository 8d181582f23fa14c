"""How far a large backup is read is said: on a terminal in a line that goes, in a log in a line for each piece."""

import os
from pathlib import Path
from typing import Any

import pytest

from hub_core.cli import reading_progress
from hub_core.cli.live_line import LiveLine
from hub_core.database import BackupUnreadable, read_portable
from hub_core.database.read_progress import opened_backup, watched_reading

MEGABYTE = 1 << 20


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(5 * MEGABYTE + 7))
    return path


def read_through(path: Path) -> bytes:
    with opened_backup(path) as file:
        start = file.read(8)
        file.seek(0)
        whole = b"".join(iter(lambda: file.read(10_000), b""))
    assert whole.startswith(start)
    return whole


def test_what_is_read_is_what_is_there_and_each_megabyte_is_told(large: Path) -> None:
    told: list[tuple[int, int]] = []
    with watched_reading(lambda *at: told.append(at)):
        assert read_through(large) == large.read_bytes()
    assert {total for _, total in told} == {large.stat().st_size}
    assert [at for at, _ in told] == sorted({at for at, _ in told})
    assert len(told) == 6
    assert told[-1][0] == large.stat().st_size
    read_through(large)
    assert len(told) == 6, "nobody watches any more"


def test_a_log_has_a_line_for_each_piece(
    large: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reading_progress, "EVERY_BYTES", 2 * MEGABYTE)
    with reading_progress.told_reading():
        for _ in range(2):
            read_through(large)
    assert capsys.readouterr().err.splitlines() == ["read: 2 MB of 5 MB", "read: 4 MB of 5 MB"] * 2


def test_a_terminal_has_a_line_that_goes_also_when_the_file_is_damaged(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large.write_bytes(b"\x1f\x8b" + large.read_bytes())
    shown: list[Any] = []
    monkeypatch.setattr(LiveLine, "show", lambda line, text, **more: shown.append((text, more["done"], more["total"])))
    monkeypatch.setattr(LiveLine, "end", lambda line: shown.append("gone"))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with reading_progress.told_reading():
        read_through(large)
    assert shown == [*[("read", number, 5) for number in range(5)], "gone", "gone"]
    shown.clear()
    with pytest.raises(BackupUnreadable), reading_progress.told_reading():
        read_portable(large, ())
    assert shown[-1] == "gone"
