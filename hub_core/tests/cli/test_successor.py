"""Whoever looks for a successor goes on to look, whatever happens; and takes back what does not start at the second look."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_core.cli import successor as successor_file
from hub_core.cli.successor import Successor
from hub_core.database import leader_lock, parse_url
from hub_core.packages import environments as environments_file
from hub_core.tests.operations.home import Home, new_home, runs, switched

Fault = Callable[..., str | None]


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Home:
    return new_home(tmp_path / "hub", database_url)


@pytest.fixture
def successor(home: Home, monkeypatch: pytest.MonkeyPatch) -> Successor:
    """Of a process that serves in the environment of release 1.0, and finds that 3.0 does not start."""
    first = switched(home, "1.0")
    monkeypatch.setattr(environments_file, "_STARTED_IN", first.folder.resolve())
    switched(home, "2.0", module="rack")
    third = switched(home, "3.0")
    monkeypatch.setattr(
        successor_file, "serving_fault", lambda python, *_: "no socket" if third.folder in python.parents else None
    )
    monkeypatch.setattr(successor_file, "is_recorded_here", lambda settings: True)
    with socket.socket() as listening:
        settings = home.settings.model_copy(update={"lock_seconds": 0.2})
        return Successor(settings, listening, workers=1, preload=False, as_json=False, noting=False)


def test_what_does_not_start_twice_is_taken_back_and_what_was_before_is_tried(
    home: Home, successor: Successor, caplog: pytest.LogCaptureFixture
) -> None:
    assert not successor.next_trial()()
    assert runs(home) == "3.0", "once may have been bad luck"
    assert not successor.next_trial()()
    assert runs(home) == "2.0"
    assert successor.next_trial()()
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "this process goes on as it is: the hub does not start: no socket" in said[0]
    assert "environment 3: no socket; the hub goes back by itself, operation 4" in said[1]


def test_who_cannot_go_back_now_tries_again(home: Home, successor: Successor, caplog: pytest.LogCaptureFixture) -> None:
    with leader_lock(parse_url(home.url), wait_seconds=1):
        for _ in range(4):
            assert not successor.next_trial()()
    assert runs(home) == "3.0"
    assert sum("does not go back by itself" in record.getMessage() for record in caplog.records) == 1
    assert not successor.next_trial()()
    assert runs(home) == "2.0"


def test_a_look_that_fails_is_not_the_last(
    home: Home, successor: Successor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> str | None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(successor_file, "serving_fault", full)
        assert not successor.next_trial()()
    assert "OSError: [Errno 28] No space left on device" in caplog.text
    assert runs(home) == "3.0"
    monkeypatch.setattr(successor_file, "serving_fault", lambda *_: None)
    assert successor.next_trial()()
