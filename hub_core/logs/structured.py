"""The part of the log that structlog writes: text, tracebacks, and the lines of modules that use it themselves.

It is imported inside the functions, when one of these is needed: with the rich it draws in it takes a tenth of a start.
"""

import logging
import sys
from typing import TYPE_CHECKING, Any

from .lengths import Event, json_line, text_line
from .told_call import told_call

if TYPE_CHECKING:
    from structlog.typing import Processor


def configure_structlog() -> None:
    """Send what modules log with structlog to the standard library, whose handlers are the hub's."""
    import structlog

    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def structured_formatter(*, is_text: bool) -> logging.Formatter:
    """Writes every record there can be, as text for a person or as one JSON object.

    Tracebacks are without local variables, which both of structlog's defaults write: headers, tokens, what was sent.
    """
    import structlog

    rendering: list[Processor]
    if is_text:
        console = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        rendering = [console, _text]
    else:
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        rendering = [structlog.processors.ExceptionRenderer(tracebacks), _json]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    )


def _shared() -> "list[Processor]":
    import structlog

    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_call,
    ]


def _with_call(logger: Any, method: str, event: Event) -> Event:
    return {**event, **told_call()}


def _text(logger: Any, method: str, line: Any) -> str:
    return text_line(line)


def _json(logger: Any, method: str, event: Event) -> str:
    return json_line(event)
