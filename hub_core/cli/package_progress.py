"""How far pip or uv are: one line on a terminal that is gone at the end, plain lines in a log."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

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
        self._is_terminal = sys.stderr.isatty()
        self._width = 0
        self._stage = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wipe()

    def tell(self, progress: "Progress") -> None:
        """The stage, how much of it is done, and of what."""
        counted = f" {progress.done} of {progress.total}" if progress.total else ""
        text = one_line(f"{_SAID[progress.stage]}{counted}{f': {progress.text}' if progress.text else ''}")
        if self._is_terminal:
            self._wipe()
            sys.stderr.write(text[:100])
            self._width = len(text[:100])
        elif progress.stage != self._stage:
            sys.stderr.write(f"{text}\n")
        self._stage = progress.stage
        sys.stderr.flush()

    def _wipe(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            self._width = 0
