"""What the probe found failing, kept in the state folder for commands that import nothing.

A failure counts as long as nothing has changed that could have mended it; ``probe_keys`` says what that is. It is never
missed: a file that is damaged, or cannot be written, only means that nothing is remembered.
"""

import hashlib
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ...catalog import Catalog, read_sealed, write_sealed
from ...resolution import Resolution
from ...settings import HubSettings
from .probe_keys import probe_keys
from .probe_reasons import Entry

CACHE_FILE: Final = "probe.json"
FAILURES: Final = frozenset({"raised", "died", "killed", "slow", "memory", "changes", "requirement"})
"""The ends of a probe that are kept here: those that depend on no setting and are not *described*."""
_FORMAT: Final = 4
_LARGEST: Final = 64 * 2**20
_TEXTS: Final = ("module", "phase", "kind", "text", "remedy")
_PASSING: Final = frozenset(
    {
        "_",
        "COLUMNS",
        "HOSTNAME",
        "INVOCATION_ID",
        "JOURNAL_STREAM",
        "LINES",
        "OLDPWD",
        "PWD",
        "SHLVL",
        "SYSTEMD_EXEC_PID",
        "TERM",
        "WINDOWID",
    }
)
_PHASE: Final = re.compile(r"[a-z]+( [a-z]+)*")
_LAST_SECOND: Final = 253402300799
"""Of the year 9999, the last that can be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The failures that still hold, and when each was found, a day and a time; both by module."""

    answers: Mapping[str, Entry] = field(default_factory=dict)
    when: Mapping[str, str] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    """Those that were found where other environment variables were set, which may be what they lacked."""


def remembered(settings: HubSettings, catalog: Catalog, resolution: Resolution) -> Remembered:
    """What still holds; no module's files are looked at where nothing is remembered of it and what requires it."""
    entries = _entries(settings)
    keys = probe_keys(catalog, resolution, settings.areas, entries)
    held = {name: entry for name, entry in entries.items() if keys.get(name) == entry["key"]}
    return Remembered(
        answers={name: entry["answer"] for name, entry in held.items()},
        when={
            name: f"{datetime.fromtimestamp(entry['when'], UTC):%Y-%m-%d at %H:%M} UTC" for name, entry in held.items()
        },
        elsewhere=frozenset(name for name, entry in held.items() if entry["environment"] != _environment()),
    )


def _environment() -> str:
    """Names the environment variables of this process, without those that no two shells or services have alike."""
    lasting = sorted(item for item in os.environ.items() if item[0] not in _PASSING)
    return hashlib.sha256(repr(lasting).encode(errors="surrogatepass")).hexdigest()


def _entries(settings: HubSettings) -> Mapping[str, Any]:
    match read_sealed(settings.state_folder / CACHE_FILE, writer(), _LARGEST):
        case {"failures": dict(failures), **rest} if not rest:
            return {name: entry for name, entry in failures.items() if _is_entry(name, entry)}
    return {}


def remember(settings: HubSettings, keys: Mapping[str, str], answers: Iterable[Entry]) -> None:
    """Keep the failures among the answers, beside those of other modules; nothing is made without a state folder.

    :param keys: from before the probe began, so that what changes meanwhile counts as changed.
    """
    file = settings.state_folder / CACHE_FILE
    if not file.parent.is_dir():
        return
    failures, now = dict(_entries(settings)), int(time.time())
    for answer in answers:
        name = answer["module"]
        failures.pop(name, None)
        if answer["kind"] in FAILURES and name in keys:
            told = {each: answer[each] for each in _TEXTS}
            failures[name] = {"key": keys[name], "when": now, "environment": _environment(), "answer": told}
    if not failures and not file.exists():
        return
    # only its owner may read what modules said
    write_sealed(file, writer(), {"failures": failures}, 0o600)


def forget(settings: HubSettings, module: str) -> bool:
    """Let a module be probed again; whether there was a failure of it."""
    failures = dict(_entries(settings))
    if failures.pop(module, None) is None:
        return False
    write_sealed(settings.state_folder / CACHE_FILE, writer(), {"failures": failures}, 0o600)
    return True


def writer() -> bytes:
    """Who writes the file: this Python, in this format."""
    return f"probe {_FORMAT} {sys.version}\n".encode()


def _is_time(when: int) -> bool:
    return not isinstance(when, bool) and 0 <= when <= _LAST_SECOND


def _is_entry(name: str, entry: Any) -> bool:
    match entry:
        case {"key": str(), "when": int(when), "environment": str(), "answer": dict(answer), **rest} if (
            not rest and set(answer) == set(_TEXTS)
        ):
            return (
                _is_time(when)
                and answer["module"] == name
                and all(_is_line(text) for text in answer.values())
                and _is_failure(answer)
            )
    return False


def _is_line(text: Any) -> bool:
    return isinstance(text, str) and text.isprintable()


def _is_failure(answer: Entry) -> bool:
    return answer["kind"] in FAILURES and _PHASE.fullmatch(answer["phase"]) is not None
