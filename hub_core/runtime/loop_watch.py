"""Watch the event loop from a thread: when it stands still, say whose code holds it.

All modules share one event loop. A handler that calls ``time.sleep`` makes everybody wait, and nobody can take the loop
away from it; but who it was can be read while it happens.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..whose_work import CORE as CORE
from .loop_holder import place_of

log = logging.getLogger(__name__)

LIMIT_SECONDS: Final = 0.5
"""How long the loop may stand still without a word."""
_EVERY_SECONDS: Final = 0.1


@dataclass(slots=True)
class Blocking:
    """How often and how long one module held the event loop over the limit."""

    times: int = 0
    seconds: float = 0.0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one more time."""
        self.times, self.seconds, self.longest = self.times + 1, self.seconds + seconds, max(self.longest, seconds)


class LoopWatch(threading.Thread):
    """Watches the loop it is made in, until :meth:`stop`.

    :param folders: the folder of each module's package, by the module's name.
    :param on_turn: called by the loop as long as it turns.
    """

    def __init__(self, folders: Mapping[str, Path], on_turn: Callable[[], None] = lambda: None) -> None:
        super().__init__(name="hub-loop-watch", daemon=True)
        self._loop, self._on_turn = asyncio.get_running_loop(), on_turn
        self._thread = threading.get_ident()
        self._modules = {f"{folder}{os.sep}": name for name, folder in folders.items()}
        self._stopped = threading.Event()
        self._beat = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self.blocking: dict[str, Blocking] = {}
        self.lag = 0.0
        """How late the loop came to its last turn, in seconds."""

    def start(self) -> None:
        """Begin to watch."""
        self._tick()
        super().start()

    def stop(self) -> None:
        """Watch no more; to be called in the loop."""
        self._stopped.set()
        if self._timer is not None:
            self._timer.cancel()

    def run(self) -> None:
        """What the thread does."""
        while not self._stopped.wait(_EVERY_SECONDS):
            seen = self._beat
            if time.monotonic() - seen > LIMIT_SECONDS + _EVERY_SECONDS:
                self._stands_still(seen)

    def _tick(self) -> None:
        now = time.monotonic()
        self.lag = max(0.0, now - self._beat - _EVERY_SECONDS)
        self._beat = now
        self._on_turn()
        self._timer = self._loop.call_later(_EVERY_SECONDS, self._tick)

    def _stands_still(self, since: float) -> None:
        place = place_of(self._thread, self._loop, self._modules)
        log.error("%s blocks the event loop: %s", place.holder, place.line)
        while self._beat == since and not self._stopped.wait(_EVERY_SECONDS):
            pass
        seconds = self._beat - since
        if self._beat != since:
            log.warning("%s blocked the event loop for %.1f s", place.holder, seconds)
            self.blocking.setdefault(place.module, Blocking()).add(seconds)
