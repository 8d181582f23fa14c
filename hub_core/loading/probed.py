"""What the probe is asked and what it answers, as values that cross its pipes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from ..catalog import FoundModule
from ..error_text import one_line
from .description import Description, Surface

ProbeKind = Literal[
    "described", "raised", "died", "killed", "slow", "memory", "changes", "configuration", "requirement"
]
"""How the probe of one module ended. *died*: it ended its process; *killed*: by a signal; *slow* and *memory*: at a
limit; *changes*: it changed the process for all others; *configuration*: its settings do not fit; *requirement*: a module
it requires could not be imported, so it was not tried."""

_KINDS: Final = frozenset(get_args(ProbeKind))
LONGEST_DETAILS: Final = 8000
BABBLE: Final = "it wrote into the pipe it was to be described through"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one module may use until it is described; the modules it requires count with it."""

    seconds: float = 20
    memory_mb: int = 4096
    """Of address space, which is more than what is used of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Everything the helper process needs: where to import from, the modules, what they are held against."""

    path: tuple[str, ...]
    modules: Mapping[str, FoundModule]
    areas: tuple[str, ...]
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about one module, the last of ``names``; the others are those it requires, in load order.

    ``settings`` are the values it is configured with, ``None`` where that is not asked.
    """

    names: Sequence[str]
    settings: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """One probed module: its description, or why there is none. ``phase`` is where it ended; ``text`` is one line.

    ``surface`` comes with the description. ``details`` is the end of a traceback, where there is one.
    """

    module: str
    description: Description | None = None
    surface: Surface | None = None
    phase: str = ""
    kind: ProbeKind = "described"
    text: str = ""
    remedy: str = ""
    details: str = ""
    seconds: float = 0

    @property
    def is_well(self) -> bool:
        """Whether the module can be served."""
        return self.kind == "described"

    def as_json(self) -> dict[str, Any]:
        """The object that crosses the pipe and is kept; :meth:`from_json` reads it."""
        return {
            "module": self.module,
            "description": self.description and self.description.as_json(),
            "surface": self.surface and self.surface.as_json(),
            "phase": self.phase,
            "kind": self.kind,
            "text": self.text,
            "remedy": self.remedy,
            "details": self.details,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Probed":
        """What :meth:`as_json` told.

        :raises Exception: ``KeyError``, ``TypeError`` or ``ValueError`` for any other object.
        """
        description, surface = value["description"], value["surface"]
        if value["kind"] not in _KINDS or (value["kind"] == "described") != (description is not None):
            raise ValueError(f"{value['kind']!r} is no end of a probe")
        return cls(
            module=str(value["module"]),
            description=None if description is None else Description.from_json(description),
            surface=None if surface is None else Surface.from_json(surface),
            phase=str(value["phase"]),
            kind=value["kind"],
            text=one_line(value["text"]),
            remedy=one_line(value["remedy"]),
            details=str(value["details"])[-LONGEST_DETAILS:],
            seconds=float(value["seconds"]),
        )
