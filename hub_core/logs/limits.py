"""What one module may write into the log: so much per second, and lines of a bearable length; the rest is counted.

A module in a loop would fill the disk of all of them, and hide what the others have to say.
"""

import logging
import time
from pathlib import Path
from typing import Final

from ..whose_work import CORE, acting_module
from .lengths import LONGEST_LINE, short

BURST: Final = 2000
PER_SECOND: Final = 200
_MOST_WRITERS: Final = 1000
_OWN: Final = ("hub_core", "uvicorn", "alembic", "sqlalchemy", "asyncio")
_CODE_OF_THE_HUB: Final = str(Path(__file__).parents[1])

log = logging.getLogger(__name__)


class _Allowance:
    """A token bucket: fills with :data:`PER_SECOND` up to :data:`BURST`."""

    __slots__ = ("at", "dropped", "left")

    def __init__(self, now: float) -> None:
        self.left, self.at, self.dropped = float(BURST), now, 0

    def takes(self, now: float) -> bool:
        """Whether one more line is allowed."""
        self.left = min(BURST, self.left + (now - self.at) * PER_SECOND)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class LogLimits(logging.Filter):
    """A filter for the handler that everything goes through. ``dropped`` counts by module."""

    def __init__(self) -> None:
        super().__init__()
        self._allowances: dict[str, _Allowance] = {}
        self.dropped: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; one that is too long is cut."""
        writer = _writer(record)
        if writer is None:
            return True
        if len(self._allowances) > _MOST_WRITERS and writer not in self._allowances:
            writer = "others"
        now = time.monotonic()
        allowance = self._allowances.get(writer) or self._allowances.setdefault(writer, _Allowance(now))
        if not allowance.takes(now):
            allowance.dropped += 1
            if allowance.dropped == 1:
                log.warning("%s writes more than %d lines a second; the rest is dropped", writer, PER_SECOND)
            self.dropped[writer] = self.dropped.get(writer, 0) + 1
            return False
        if allowance.dropped and allowance.left > BURST / 2:
            dropped, allowance.dropped = allowance.dropped, 0
            log.warning("%s: %d lines were dropped", writer, dropped)
        _cut(record)
        return True


def _writer(record: logging.LogRecord) -> str | None:
    """Who pays for a line; ``None`` for nobody.

    In a call, task, thread or lifespan of a module that is the module, whatever the name of the logger: of all lines there only
    those that the hub's own code writes are free, such as the one of each request. Elsewhere the name says it.
    """
    package = record.name.partition(".")[0]
    module = acting_module()
    if module != CORE:
        by_the_hub = package == "hub_core" and record.pathname.startswith(_CODE_OF_THE_HUB)
        return None if by_the_hub else module
    return None if package in _OWN else package


def _cut(record: logging.LogRecord) -> None:
    if isinstance(record.msg, dict):  # an event of structlog
        record.msg = {name: short(value) for name, value in record.msg.items()}
    elif isinstance(record.msg, str):
        try:
            text = record.getMessage()
        except Exception:  # the formatter tells of it
            return
        if len(text) > LONGEST_LINE:
            record.msg, record.args = short(text), ()
