"""One JSON object per line: the ordinary record is written here, all others by structlog, with the same names in the same order."""

import logging
from datetime import UTC, datetime
from typing import Final

from .lengths import json_line
from .structured import structured_formatter
from .told_call import told_call

_OF_EVERY_RECORD: Final = frozenset(logging.makeLogRecord({}).__dict__)


class JsonLines(logging.Formatter):
    """Writes a record of the standard library itself; one with a traceback, or of structlog, it leaves to :mod:`.structured`."""

    def __init__(self) -> None:
        super().__init__()
        self._structured: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if not (record.exc_info or record.stack_info or "_logger" in record.__dict__):
            return plain_line(record)
        return self.structured().format(record)

    def structured(self) -> logging.Formatter:
        """The formatter for all records, made when it is first needed."""
        if self._structured is None:
            self._structured = structured_formatter(is_text=False)
        return self._structured


def plain_line(record: logging.LogRecord) -> str:
    """A record without traceback and stack."""
    extra = {name: value for name, value in record.__dict__.items() if name not in _OF_EVERY_RECORD}
    return json_line(
        {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            **extra,
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            **told_call(),
        }
    )
