"""The events of one operation as a file beside the database, so that every process of this machine can follow it.

Several processes write one after the other: the one that was asked, the command, and what the command becomes in another
environment. Whoever reads may be a process that began since. Each line is an event as JSON; its number is the one before
plus one. A line that a killed process left unfinished is no event.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

from ..settings import HubSettings
from .operation_events import OperationEvent

FOLDER: Final = "operations"
_MOST_KEPT: Final = 500


@dataclass(frozen=True, slots=True)
class EventFile:
    """The file of one operation. It is there from the moment the operation was asked for on this machine."""

    path: Path

    @classmethod
    def of(cls, settings: HubSettings, operation: str) -> "EventFile":
        """Where the events of ``operation`` lie."""
        return cls(settings.state_folder / FOLDER / f"{operation}.jsonl")

    @property
    def is_here(self) -> bool:
        """Whether the operation was asked for on this machine, and its events are kept yet."""
        return self.path.exists()

    @property
    def log(self) -> Path:
        """What the command printed on standard error."""
        return self.path.with_suffix(".log")

    def make(self) -> None:
        """Begin it, and forget the oldest."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = sorted(self.path.parent.glob("*.jsonl"))
        for old in kept[: max(0, len(kept) - _MOST_KEPT)]:
            for suffix in (".jsonl", ".log", ".attended", ".cancelled"):
                old.with_suffix(suffix).unlink(missing_ok=True)
        self.path.touch(mode=0o600)

    def add(self, event: OperationEvent) -> None:
        """Add an event behind the last one, under the number that is next; nothing is added behind the end."""
        with self._locked() as file:
            found = list(_events(file.read()))
            if found and found[-1]["kind"] == "end":
                return
            number = found[-1]["number"] + 1 if found else 1
            line = json.dumps(replace(event, number=number).as_json()).encode() + b"\n"
            file.seek(0, os.SEEK_END)
            file.write(line if _is_whole(file) else b"\n" + line)

    def since(self, number: int = 0) -> tuple[Mapping[str, Any], ...]:
        """The events behind ``number``, as JSON objects."""
        with suppress(FileNotFoundError):
            return tuple(event for event in _events(self.path.read_bytes()) if event["number"] > number)
        return ()

    @property
    def has_ended(self) -> bool:
        """Whether its last event is there."""
        return any(event["kind"] == "end" for event in self.since())

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        with self.path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _events(written: bytes) -> Iterator[dict[str, Any]]:
    for line in written.splitlines():
        with suppress(ValueError, TypeError):
            event = json.loads(line)
            if {"number", "kind", "text"} <= set(event):
                yield event


def _is_whole(file: IO[bytes]) -> bool:
    """Whether what is written ends with a line's end."""
    end = file.tell()
    if end == 0:
        return True
    file.seek(end - 1)
    return file.read(1) == b"\n"
