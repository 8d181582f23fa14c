"""States, wishes and steps, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from ..resolution import Reason

Placement = Literal["shared", "schema"]
PLACEMENTS: Final = ("shared", "schema")


class ModuleState(StrEnum):
    """What the database records of a module."""

    ABSENT = "absent"
    INSTALLED = "installed"
    ENABLED = "enabled"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredModule:
    """What is wanted of one module: ``version`` is a range such as ``>=1,<2``, ``None`` for any.

    ``placement`` says where its tables are made when it is installed: ``shared`` with the hub's own (as without one), or
    in a ``schema`` of their own. With ``demo`` its demonstration data is loaded beside its seed data. Without a module that
    is ``required`` the hub is not ready.
    """

    version: str | None = None
    enabled: bool = True
    placement: Placement | None = None
    demo: bool = False
    required: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What is wanted, by module name. A module nobody named stays as it is."""

    modules: Mapping[str, DesiredModule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedModule:
    """What the database records of one module; ``revision`` is the migration its tables are at.

    ``table_prefix`` and ``placement`` are those of its tables when it was installed; they are known of a module whose
    files are gone too. ``seed`` and ``demo`` are the digests of the data files that were loaded last.
    """

    name: str
    distribution: str
    version: str
    hash: str
    state: ModuleState
    revision: str | None
    table_prefix: str
    placement: Placement = "shared"
    seed: str = ""
    demo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an enabled module did not come up.

    ``condition`` is *failed*, *blocked*, *needs configuration*, *quarantined* or *safe mode*. ``error`` is what was raised,
    in one line without passwords; listings do not tell it, for everybody may read those.
    """

    condition: str
    reason: Reason
    error: str = ""

    @property
    def told(self) -> str:
        """The reason with the error, for who changes modules."""
        return f"{self.reason.text}: {self.error}" if self.error else self.reason.text


def told_failures(failures: Mapping[str, Failure]) -> str:
    """Why these modules failed, in one line."""
    return "; ".join(f"{name}: {failure.told}" for name, failure in failures.items())


StepKind = Literal[
    "migrate", "install", "upgrade", "downgrade", "seed", "demo", "enable", "disable", "record", "uninstall", "move"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a plan; ``text`` is the line a person agrees to, ``impact`` says in sentences what it brings about."""

    kind: StepKind
    module: str
    text: str
    impact: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """A step in ``hub plan --json``."""
        return {"kind": self.kind, "module": self.module, "text": self.text, "impact": list(self.impact)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The way from recorded to desired state, steps in the order they are taken.

    ``blocked`` are modules that are wanted and cannot run, with why. ``drift`` says in sentences what is recorded
    otherwise than the environment has it, such as a changed file or a missing distribution. ``available`` are modules
    that could run and that nobody has asked for.
    """

    steps: tuple[Step, ...] = ()
    blocked: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    drift: tuple[str, ...] = ()
    available: tuple[str, ...] = ()
