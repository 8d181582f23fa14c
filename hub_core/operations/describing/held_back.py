"""Modules that may not run now although nothing is wrong on disk: quarantined ones, and in safe mode all that can be spared."""

import time
from collections.abc import Iterable, Mapping
from typing import Final

from ...catalog import FoundModule, Reason
from ...planning import Failure
from ...settings import HubSettings
from ..processes.restart_budget import SHORT_SECONDS, Ledger, Quarantined, moment

_DOING: Final = {"request": "a request to it ran", "background": "its code ran in the background"}
LEAVE: Final = "hub up --no-safe-mode"


def is_safe_mode(settings: HubSettings, book: Ledger) -> bool:
    """Whether only modules of tier core run: because somebody said so, or because the hub dies as often as it is started."""
    return bool(book.looped(settings, time.time())) if settings.safe_mode is None else settings.safe_mode


def safe_mode_told(settings: HubSettings, book: Ledger) -> str | None:
    """Why the hub is in safe mode and how to leave it; ``None`` when it is not."""
    if not is_safe_mode(settings, book):
        return None
    deaths = book.looped(settings, time.time())
    soon = " soon after its start" if all(each.lived < SHORT_SECONDS for each in deaths) else ""
    why = (
        f"the hub's process died {len(deaths)} times{soon}, the last time on {moment(deaths[-1].at)}"
        if settings.safe_mode is None
        else "it was asked for"
    )
    return f"safe mode: only modules of tier core run, because {why}. Leave it with: {LEAVE}"


def held_back(
    settings: HubSettings, book: Ledger, modules: Iterable[FoundModule], *, heeds_safe_mode: bool = True
) -> Mapping[str, Failure]:
    """Which of ``modules`` may not run, and why."""
    found = {module.name: module for module in modules}
    held = {
        name: _quarantine(name, kept)
        for name, kept in book.quarantined.items()
        if name in found and found[name].hash == kept.hash
    }
    if heeds_safe_mode and is_safe_mode(settings, book):
        for name, module in found.items():
            if name not in held and (module.manifest is None or module.manifest.tier != "core"):
                held[name] = _safe_mode()
    return held


def _quarantine(name: str, kept: Quarantined) -> Failure:
    doing = _DOING.get(kept.phase, f"it was at {kept.phase}")
    return Failure(
        condition="quarantined",
        reason=Reason(
            code="quarantined",
            text=f"the hub's process died {kept.deaths} times while {doing}, the last time on {moment(kept.at)}",
            remedy=f"Install a release of {name} that works, or let this one try again: hub enable {name}",
        ),
    )


def _safe_mode() -> Failure:
    return Failure(
        condition="safe mode",
        reason=Reason(
            code="safe_mode",
            text="only modules of tier core run in safe mode",
            remedy=f"Leave safe mode: {LEAVE}",
        ),
    )
