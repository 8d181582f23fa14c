"""What the probe found failing, kept in the state folder for commands that import nothing.

A failure counts as long as nothing has changed that could have mended it; ``probe_keys`` says what that is. It is never
missed: a file that is damaged, or cannot be written, only means that nothing is remembered.
"""

import re
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ..catalog import Catalog, read_sealed, write_sealed
from ..resolution import Resolution
from ..settings import HubSettings
from .probe_keys import probe_keys

CACHE_FILE: Final = "probe.json"
FAILURES: Final = frozenset({"raised", "died", "killed", "slow", "memory", "requirement"})
"""The ends of a probe that are kept: all but *described*."""
_FORMAT: Final = 2
_LARGEST: Final = 64 * 2**20
_TEXTS: Final = ("module", "phase", "kind", "text", "remedy")
_PHASE: Final = re.compile(r"[a-z]+( [a-z]+)*")
_LAST_SECOND: Final = 253402300799
"""Of the year 9999, the last that can be shown."""

Entry = Mapping[str, Any]
"""One answer of the probe, as ``Probed.as_json`` has it: that class itself is not needed to look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The failures that still hold, by module, and when they were found: empty, or a day and a time."""

    answers: Mapping[str, Entry] = field(default_factory=dict)
    when: str = ""


def remembered(settings: HubSettings, catalog: Catalog, resolution: Resolution) -> Remembered:
    """What still holds; no module's files are looked at where nothing is remembered of it and what requires it."""
    whole = read_sealed(settings.state_folder / CACHE_FILE, writer(), _LARGEST)
    match whole:
        case {"when": int(when), "failures": dict(failures), **rest} if not rest and _is_time(when):
            entries = {name: entry for name, entry in failures.items() if _is_entry(name, entry)}
        case _:
            return Remembered()
    keys = probe_keys(catalog, resolution, settings.areas, entries)
    return Remembered(
        answers={name: entry["answer"] for name, entry in entries.items() if keys.get(name) == entry["key"]},
        when=f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d at %H:%M} UTC",
    )


def remember(settings: HubSettings, keys: Mapping[str, str], answers: Iterable[Entry]) -> None:
    """Keep the failures among the answers for all modules; nothing is made where there is no state folder.

    :param keys: from before the probe began, so that what changes meanwhile counts as changed.
    """
    file = settings.state_folder / CACHE_FILE
    if not file.parent.is_dir():
        return
    failures = {
        answer["module"]: {"key": keys[answer["module"]], "answer": {each: answer[each] for each in _TEXTS}}
        for answer in answers
        if answer["kind"] in FAILURES and answer["module"] in keys
    }
    # only its owner may read what modules said
    write_sealed(file, writer(), {"when": int(time.time()), "failures": failures}, 0o600)


def writer() -> bytes:
    """Who writes the file: this Python, in this format."""
    return f"probe {_FORMAT} {sys.version}\n".encode()


def _is_time(when: int) -> bool:
    return not isinstance(when, bool) and 0 <= when <= _LAST_SECOND


def _is_entry(name: str, entry: Any) -> bool:
    match entry:
        case {"key": str(), "answer": dict(answer), **rest} if not rest and set(answer) == set(_TEXTS):
            return answer["module"] == name and all(_is_line(text) for text in answer.values()) and _is_failure(answer)
    return False


def _is_line(text: Any) -> bool:
    return isinstance(text, str) and text.isprintable()


def _is_failure(answer: Entry) -> bool:
    return answer["kind"] in FAILURES and _PHASE.fullmatch(answer["phase"]) is not None
