"""How far the work is: told while it goes on, for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["resolve", "fetch", "build", "install", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """``done`` of ``total`` steps of one stage; ``text`` names what is worked on now."""

    stage: Stage
    done: int = 0
    total: int = 1
    text: str = ""


OnProgress = Callable[[Progress], None]


def ignored(progress: Progress) -> None:
    """What is told when nobody asks."""
