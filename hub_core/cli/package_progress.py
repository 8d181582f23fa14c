"""How far pip or uv are: one line on a terminal that is gone at the end, plain lines in a log."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from .live_line import LiveLine
from .requested import events
from .terminal_text import one_line

if TYPE_CHECKING:
    from ..packages import Progress

_SAID: Final = {
    "resolve": "looking for releases that fit together",
    "fetch": "fetching",
    "build": "building",
    "install": "installing",
    "verify": "verifying the environment",
}


class PackageProgress:
    """Tells on standard error."""

    def __init__(self) -> None:
        self._line, self._stage = LiveLine(), ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.end()

    def tell(self, progress: "Progress") -> None:
        """The stage, how much of it is done, and of what."""
        if (told := events()) is not None:
            told.packages(progress)
        said, text = _SAID[progress.stage], one_line(progress.text)
        if self._line.is_shown:
            self._line.show(said, done=progress.done, total=progress.total, item=text)
        elif progress.stage != self._stage:
            counted = f" {progress.done} of {progress.total}" if progress.total else ""
            sys.stderr.write(f"{said}{counted}{f': {text}' if text else ''}\n")
            sys.stderr.flush()
        self._stage = progress.stage
