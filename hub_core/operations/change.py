"""A change of what runs: what somebody asks for, whom it tells what it does, what it came to, and the ways in which it fails."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from ..errors import HubError
from ..planning import Failure, Placement, Plan, told_failures
from ..registry import OperationRow
from .backups.backup import Backup
from .carrying import OnRevision
from .operation_events import OperationEvents
from .removing import Data
from .standing import Standing

Verify = Callable[[Standing, Collection[str]], Mapping[str, Failure]]
"""Brings up the named modules where it harms nobody, asks how they are, and answers those that are not well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody asks for: of the modules ``names``, or of those that ``distributions`` bring, which ``names`` then is one of.

    ``cascade`` also disables, or uninstalls, what requires the modules. ``environment`` is the one that was built for it, in
    which this process runs, ``lock`` the digest of what was built, ``built_from`` the one that was current then; ``packages`` are the sentences that say what is
    other in it, ``moves_libraries`` whether that is more than modules. When modules are uninstalled or go back this process runs in
    ``built_from``, which still has their code. ``data`` says what becomes of their rows then, ``backup`` whether those that
    are purged are copied before, ``keeps_package`` whether their distributions stay where they are. ``placement`` is where
    tables are moved to.
    """

    kind: Literal["enable", "disable", "install", "upgrade", "adopt", "use", "uninstall", "downgrade", "move"]
    names: tuple[str, ...] = ()
    cascade: bool = False
    distributions: tuple[str, ...] = ()
    environment: str | None = None
    lock: str | None = None
    built_from: str | None = None
    packages: tuple[str, ...] = ()
    moves_libraries: bool = False
    data: Data = "keep"
    backup: bool = True
    keeps_package: bool = False
    placement: Placement = "shared"

    @property
    def goes_on_elsewhere(self) -> bool:
        """Whether the environment that was built for it is another than the one this process runs in."""
        return self.kind in ("uninstall", "downgrade") and self.environment is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Whom an operation tells what it does: ``agree`` is shown the plan and raises to stop before anything is changed."""

    agree: Callable[[Plan], None]
    on_revision: OnRevision
    on_backup: Callable[[Backup], None] = lambda backup: None
    on_stage: Callable[[str], None] = lambda text: None

    @classmethod
    def to(cls, events: OperationEvents, agree: Callable[[Plan], None] = lambda plan: None) -> Self:
        """Tell all of it as events; ``agree`` is asked once the plan was told."""

        def agreeing(plan: Plan) -> None:
            events.plan(plan)
            agree(plan)

        return cls(agree=agreeing, on_revision=events.revision, on_backup=events.backup, on_stage=events.stage)

    def and_to(self, events: OperationEvents) -> "Telling":
        """Tell all of it as events too."""
        also = Telling.to(events)

        def both(first: Callable[[Any], None], second: Callable[[Any], None]) -> Callable[[Any], None]:
            def tell(what: Any) -> None:
                first(what)
                second(what)

            return tell

        return Telling(
            agree=both(also.agree, self.agree),
            on_revision=both(self.on_revision, also.on_revision),
            on_backup=both(self.on_backup, also.on_backup),
            on_stage=both(self.on_stage, also.on_stage),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What it brought about. ``operation`` is its number in the journal; ``None`` when there was nothing to do."""

    plan: Plan
    operation: int | None = None
    edited_document: bool = True
    recovered: Sequence[OperationRow] = field(default_factory=tuple)


class ChangeUndone(HubError):
    """A change failed on its way; everything is as it was before it."""

    code = "change_undone"

    def __init__(self, kind: str, operation: int, failures: Mapping[str, Failure]) -> None:
        self.operation, self.failures = operation, dict(failures)
        super().__init__(
            f"{kind} failed and was undone: every module is as it was before",
            cause=told_failures(self.failures),
            remedy=next(iter(self.failures.values())).reason.remedy,
        )


class ChangeRefused(HubError):
    """A module that is to run was found not to be well before anything was changed."""

    code = "change_refused"

    def __init__(self, kind: str, failures: Mapping[str, Failure]) -> None:
        self.failures = dict(failures)
        remedy = next(iter(self.failures.values())).reason.remedy
        super().__init__(f"{kind} was not begun; nothing was changed", cause=told_failures(failures), remedy=remedy)


class EnvironmentGone(HubError):
    """The environment that was built for a change is not there any more, or is another one of that name."""

    code = "environment_gone"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"environment {name} is not what was built for this any more; nothing was changed",
            cause="somebody removed it, or made another one of that name",
            remedy="Run the command again",
        )
        self.name = name


class EnvironmentOutdated(HubError):
    """Another operation went on in another environment while this one was built."""

    code = "environment_outdated"

    def __init__(self, name: str, current: str | None) -> None:
        super().__init__(
            f"environment {name} was built from one that runs no longer; nothing was changed",
            cause=f"another operation switched to {current or 'none'} meanwhile",
            remedy="Run the command again",
        )
        self.name, self.current = name, current
