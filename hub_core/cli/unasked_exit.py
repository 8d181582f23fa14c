"""A module may end the process amid a change with ``os._exit``, past every handler: then it is said, and the exit code is a failure."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_FAILURE: Final = 1


@contextmanager
def unasked_exit_told() -> Iterator[None]:
    """For the length of the block; forks of this process end as they please."""
    own, end = os.getpid(), os._exit

    def told(code: int) -> None:
        if os.getpid() == own:
            who = sys._getframe(1).f_globals.get("__name__", "something")
            sys.stderr.write(
                f"error: {who} ended the process amid the change\n"
                f"cause: it called os._exit({code})\n"
                "remedy: Take another release of it; what was begun is undone, or finished, by the next command that changes something\n"
            )
            sys.stderr.flush()
            code = code or _FAILURE
        end(code)

    os._exit = told  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = end
