"""Logs: structlog over the standard library, one format for the hub, its modules and the server.

Every line that belongs to a request carries its id and the module that answered. A module logs with
``logging.getLogger(__name__)`` and needs to know nothing of this.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from hub_hookspecs.host import current_call

from ..settings import HubSettings
from .lengths import json_line, text_line
from .limits import LogLimits

Event = MutableMapping[str, Any]


def set_up_logging(settings: HubSettings) -> None:
    """Send everything that is logged to standard error: coloured text on a terminal, JSON lines elsewhere."""
    is_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _call_of_the_line,
    ]
    # Tracebacks without local variables, which both of structlog's defaults write: headers, tokens, what was sent.
    if is_text:
        console = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        rendering: list[structlog.typing.Processor] = [console, text_line]
    else:
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        rendering = [structlog.processors.ExceptionRenderer(tracebacks), json_line]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(LogLimits())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
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


def _call_of_the_line(logger: Any, method: str, event: Event) -> Event:
    call = current_call.get(None)
    if call is not None:
        event["module"] = call.module
        event["request_id"] = getattr(call, "request_id", "")
    return event
