"""Make the environment of a change aside: what is there and what was asked for, resolved, fetched, built and verified.

Nothing that runs is touched. The change goes on in the new environment, with whatever release of the hub is in it, and is
committed there or leaves nothing behind.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..errors import HubError
from ..packages import (
    Asked,
    Environment,
    Environments,
    OnProgress,
    PackageChange,
    Resolved,
    adopted_lock,
    build,
    fetch,
    resolve,
    workshop,
)
from ..settings import HubSettings
from .installed import installed_catalog
from .recovery import awaited
from .targets import Targets, targets


class EnvironmentHandMade(HubError):
    """The hub does not manage the environment it runs in, and never writes into it."""

    code = "environment_hand_made"

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(
            "this environment was made by hand, and the hub does not change it",
            cause=f"{', '.join(texts)} would have to be brought into it",
            remedy="Use its own pip, then run hub up; or let the hub manage environments: hub environment adopt",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """``distributions`` are those that were named; what else moves stands in ``changes`` as well.

    ``built_from`` is the environment that was current, by its name; ``None`` before there was one.
    """

    environment: Environment
    built_from: str | None
    changes: tuple[PackageChange, ...]
    distributions: frozenset[str]


def looked_up(
    settings: HubSettings, texts: Sequence[str], *, upgrade: bool, editable: bool, on_progress: OnProgress
) -> tuple[Targets, Resolved]:
    """What would have to be installed, from metadata alone; nothing is built.

    :raises EnvironmentHandMade: when the hub manages no environment here.
    """
    with workshop(settings, on_progress=on_progress) as at:
        before = _managed(settings, texts)
        found = targets(texts, installed_catalog(settings), before=Asked.of(before.lock), editable=editable)
        return found, resolve(found.asked, at, present=before.lock, upgrade=_movable(found, texts, upgrade=upgrade))


def prepare(
    settings: HubSettings, texts: Sequence[str], *, upgrade: bool, editable: bool, on_progress: OnProgress
) -> Prepared | None:
    """Build the environment; ``None`` when all that was asked for is there already.

    :raises HubError: whatever the installer lacks, or the sources; nothing is left of it.
    """
    with workshop(settings, on_progress=on_progress) as at:
        before = _managed(settings, texts)
        at.environments.sweep(settings.environments_kept, in_use=_awaited(settings))
        found = targets(texts, installed_catalog(settings), before=Asked.of(before.lock), editable=editable)
        movable = _movable(found, texts, upgrade=upgrade)
        resolved = resolve(found.asked, at, present=before.lock, upgrade=movable)
        lock = fetch(resolved, at)
        if lock.packages == before.lock.packages:
            return None
        named = found.distributions | resolved.files
        environment = build(lock, at)
        return Prepared(
            environment=environment,
            built_from=before.name,
            changes=resolved.changes,
            distributions=frozenset(named),
        )


def adopt(settings: HubSettings, *, on_progress: OnProgress) -> Prepared:
    """Make an environment of the same distributions as the hand-made one this process runs in."""
    with workshop(settings, on_progress=on_progress) as at:
        current = at.environments.current()
        environment = build(adopted_lock(at), at)
    name = current.name if current else None
    return Prepared(environment=environment, built_from=name, changes=(), distributions=frozenset())


def _managed(settings: HubSettings, texts: Sequence[str]) -> Environment:
    environment = Environments(settings.state_folder).running_in()
    if environment is None:
        raise EnvironmentHandMade(texts)
    return environment


def _awaited(settings: HubSettings) -> Collection[str]:
    """The environments of operations that have come to no end: whoever finishes one of them switches to its environment."""
    return [name for each in awaited(settings) if (name := each.intent.get("environment"))]


def _movable(found: Targets, texts: Sequence[str], *, upgrade: bool) -> Collection[str] | None:
    """Which distributions may change their version: those named for an upgrade, or all when none is named."""
    if not upgrade:
        return ()
    return found.distributions if texts else None
