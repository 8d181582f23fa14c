"""Logs: the standard library with structlog beside it, one format for the hub, its modules and the server.

Every line that belongs to a request carries its id and the module that answered. A module logs with
``logging.getLogger(__name__)`` and needs to know nothing of this.
"""

import logging
import sys
from collections.abc import Mapping

from ..settings import HubSettings
from ..when_imported import when_imported
from .limits import LogLimits
from .plain_lines import JsonLines
from .structured import configure_structlog, structured_formatter


def set_up_logging(settings: HubSettings) -> None:
    """Send everything that is logged to standard error: coloured text on a terminal, JSON lines elsewhere."""
    is_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(LogLimits())
    handler.setFormatter(structured_formatter(is_text=True) if is_text else JsonLines())
    when_imported("structlog", configure_structlog)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "alembic"):
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = [], True
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)  # at DEBUG it writes every value that a statement carries


def dropped_lines() -> Mapping[str, int]:
    """How many lines of each module were not written, because it wrote too many."""
    found = (each for handler in logging.getLogger().handlers for each in handler.filters)
    return next((each.dropped for each in found if isinstance(each, LogLimits)), {})


def complete_logging() -> None:
    """Import what the first traceback needs, so that it finds all of it there: to be called when nobody waits."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, JsonLines):
            handler.formatter.structured()
