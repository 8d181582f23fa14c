"""A module changed what belongs to all who share the process: the failure that is told, and never mended by trying again."""

from collections.abc import Iterable, Sequence
from typing import Final

from ..errors import HubError

_MOST: Final = 8


class ChangedProcess(HubError):
    """What a module's start changed of what all modules share; the text has names only, and no values.

    Such a start is not tried again by itself: what it changed and could not be set back would be taken as how it was.
    """

    code = "process_changed"

    def __init__(self, changes: Iterable[str]) -> None:
        self.changes = tuple(changes)
        super().__init__(
            "the start changes what all modules share",
            cause="; ".join(self.changes),
            remedy="Take it out of hub_lifespan, and restart the hub",
        )


def shortened(told: Sequence[str]) -> str:
    """Some of what is to be told, and how many others there are."""
    others = len(told) - _MOST
    return "; ".join(told[:_MOST]) + (f"; and {others} more" if others > 0 else "")
