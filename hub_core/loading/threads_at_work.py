"""Which threads run code of modules or libraries at this moment: what they change of the process is not a start's doing.

``warnings.catch_warnings`` in a thread changes the filters of all threads for as long as it lasts, and does nothing wrong.
"""

import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final

_WAITS: Final = frozenset(
    (
        "aiosqlite.core",
        "anyio._backends._asyncio",
        "concurrent.futures.thread",
        "logging.handlers",
        "queue",
        "socketserver",
        "threading",
    )
)
"""Where a thread stands that has nothing to do."""
_LOADS: Final = "hub_core.loading.loaded_module"


AtWork = dict[int, tuple[str, int, int]]


def threads_at_work() -> AtWork:
    """What other threads do: ``"load"``, which the probe has seen to change nothing for good, or ``"work"``; and where."""
    frames = sys._current_frames()
    frames.pop(threading.get_ident(), None)
    return {
        thread: (does, id(frame.f_code), frame.f_lasti) for thread, frame in frames.items() if (does := _does(frame))
    }


def did_between(before: AtWork, now: AtWork) -> set[str]:
    """What threads did meanwhile; one that is where it was waits there, and has done nothing."""
    return {at[0] for thread, at in (*before.items(), *now.items()) if before.get(thread) != now.get(thread)}


def _does(frame: FrameType) -> str:
    names = list(_modules(frame))
    if all(name in _WAITS or name.startswith("hub_core.") for name in names):
        return ""
    calls = next((name for name in names if name.partition(".")[0] not in sys.stdlib_module_names), "")
    if calls.startswith("hub_core."):  # it reads a file, for one; the hub itself changes nothing in threads
        return ""
    return "load" if _LOADS in names else "work"


def _modules(frame: FrameType | None) -> Iterator[str]:
    """From the innermost to the outermost."""
    while frame is not None:
        yield frame.f_globals.get("__name__", "")
        frame = frame.f_back
