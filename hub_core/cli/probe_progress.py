"""How far the probe is: one line that changes on a terminal, a line for each module in a log. Both on standard error."""

import logging
from types import TracebackType
from typing import Self

import typer

from ..loading import Probed
from .live_line import LiveLine
from .masking import masked
from .requested import events

log = logging.getLogger(__name__)


class ProbeProgress:
    """Tells of each probed module; on a terminal nothing of it is left at the end.

    :param logs: whether the lines for a log are lines of the log that is set up.
    """

    def __init__(self, *, logs: bool = False) -> None:
        self._line, self._logs = LiveLine(), logs
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.end()

    def tell(self, probed: Probed, total: int) -> None:
        """``probed`` is done, one of ``total``."""
        if (told := events()) is not None:
            told.probed(probed, total)
        self._done += 1
        if self._line.is_shown:
            self._line.show("probing modules", done=self._done, total=total, item=probed.module)
            if self._done == total:
                self._line.end()  # a question may come next
                self._done = 0
        else:
            self._say(_line(probed))

    def _say(self, line: str) -> None:
        if self._logs:
            log.info(line)
        else:
            typer.echo(line, err=True)


def _line(probed: Probed) -> str:
    if probed.description is not None:
        return f"probed {probed.module} in {probed.seconds:.2f} s"
    return masked(f"probed {probed.module}: {probed.phase} ({probed.text})")
