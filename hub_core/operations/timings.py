"""How long modules took to import and to start when a hub last came up here; kept in the state folder."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..catalog import read_sealed, write_sealed
from ..settings import HubSettings

FILE: Final = "timings.json"
_LARGEST: Final = 8 * 2**20
_WRITER: Final = f"timings 1 {sys.version}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds. ``start_ms`` is ``None`` for a module that was not up yet: its import is as the probe measured it."""

    import_ms: float
    start_ms: float | None = None


def keep_timings(settings: HubSettings, timings: Mapping[str, Timing]) -> None:
    """Remember the times of one start."""
    rows = {name: (timing.import_ms, timing.start_ms) for name, timing in timings.items()}
    write_sealed(settings.state_folder / FILE, _WRITER, rows, 0o600)


def kept_timings(settings: HubSettings) -> Mapping[str, Timing]:
    """The times of the last start; none where there was none, or where the file is damaged."""
    rows = read_sealed(settings.state_folder / FILE, _WRITER, _LARGEST)
    if not isinstance(rows, dict):
        return {}
    return {name: Timing(import_ms=row[0], start_ms=row[1]) for name, row in rows.items() if _is_timing(row)}


def _is_timing(row: Any) -> bool:
    match row:
        case [int() | float(), None | int() | float()]:
            return True
    return False
