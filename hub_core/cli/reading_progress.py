"""How far a large backup is read: a line on a terminal, and one for each piece of it in a log."""

from collections.abc import Iterator
from contextlib import contextmanager

from .live_line import LiveLine
from .requested import events
from .terminal_text import say

EVERY_BYTES = 64 << 20
"""After so many a line goes to the log, where no line can be erased."""


@contextmanager
def told_reading() -> Iterator[None]:
    """Say how far each backup is that is read in the block; nothing of it is left before a question or an answer."""
    from ..database import watched_reading
    from .backup_text import size

    line, asked, said = LiveLine(), events(), 0

    def tell(at: int, total: int) -> None:
        nonlocal said
        told = f"{size(at)} of {size(total)}"
        if asked is not None and (at == total or at - said >= EVERY_BYTES):
            asked.read(at, total)
        if at == total:
            line.end()
            said = 0
        else:
            line.show("read", done=at >> 20, total=total >> 20, item=told)
            if at - said >= EVERY_BYTES:
                said = at
                if not line.is_shown:
                    say(f"read: {told}", err=True)

    try:
        with watched_reading(tell):
            yield
    finally:
        line.end()
