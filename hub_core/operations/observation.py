"""What ``hub doctor`` says of one thing it looked at."""

from dataclasses import dataclass
from typing import Literal

from ..errors import HubError

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One sentence, with a stable code; ``remedy`` is empty where there is nothing to do."""

    level: Level
    code: str
    text: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """The four keys beside the name of the check in ``hub doctor --json``."""
        return {"level": self.level, "code": self.code, "text": self.text, "remedy": self.remedy}


def ok(*, code: str, text: str) -> Observation:
    """What is as it should be."""
    return Observation(level="ok", code=code, text=text)


def warning(*, code: str, text: str, remedy: str) -> Observation:
    """What costs something, or will: the hub runs all the same."""
    return Observation(level="warning", code=code, text=text, remedy=remedy)


def error(*, code: str, text: str, remedy: str) -> Observation:
    """What keeps the hub, or a module, from running."""
    return Observation(level="error", code=code, text=text, remedy=remedy)


def told(fault: HubError) -> Observation:
    """An expected failure as an observation, under its own code."""
    text = f"{fault.problem}: {fault.cause}" if fault.cause else fault.problem
    return Observation(level="error", code=fault.code, text=text, remedy=fault.remedy)
