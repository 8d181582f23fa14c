"""Make the environment of a change aside: what is there and what was asked for, resolved, fetched, built and verified.

Nothing that runs is touched. The change goes on in the new environment, with whatever release of the hub is in it, and is
committed there or leaves nothing behind.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.utils import canonicalize_name

from ..catalog import Catalog
from ..errors import HubError
from ..packages import (
    Asked,
    Environment,
    Environments,
    Lock,
    OnProgress,
    PackageChange,
    Resolved,
    Workshop,
    adopted_lock,
    build,
    changes_between,
    fetch,
    occupy,
    resolve,
    workshop,
)
from ..registry import CoreTablesDiffer
from ..resolution import asked as asked_by
from ..settings import HubSettings
from .installed import installed_catalog
from .recovery import awaited, settle
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


class DistributionStillNeeded(HubError):
    """A distribution that was to leave is required by one that stays."""

    code = "distribution_still_needed"

    def __init__(self, names: Sequence[str], by: Sequence[str]) -> None:
        super().__init__(
            f"{', '.join(names)} cannot leave the environment; nothing was changed",
            cause=f"{', '.join(by) or 'a distribution that stays'} needs it",
            remedy="Uninstall what needs it too, or leave the distribution where it is: --keep-package",
        )
        self.names, self.by = tuple(names), tuple(by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """``distributions`` are those that were named; what else moves stands in ``changes`` as well.

    ``built_from`` is the environment that was current, by its name; ``None`` before there was one. ``moves_libraries``:
    whether something else than modules is there in another release, the hub itself perhaps. ``module`` is what has to be
    among those that are brought.
    """

    environment: Environment
    built_from: str | None
    changes: tuple[PackageChange, ...]
    distributions: frozenset[str]
    moves_libraries: bool
    module: str | None = None


def prepare(
    settings: HubSettings, texts: Sequence[str], *, upgrade: bool, editable: bool, on_progress: OnProgress
) -> Prepared | None:
    """Build the environment; ``None`` when all that was asked for is there already.

    :raises HubError: whatever the installer lacks, or the sources; nothing is left of it.
    """
    settle(settings)
    with workshop(settings, on_progress=on_progress) as at:
        before = _managed(settings, texts)
        at.environments.sweep(settings.environments_kept, in_use=_awaited(settings))
        catalog = installed_catalog(settings)
        found = targets(texts, catalog, before=Asked.of(before.lock), editable=editable)
        movable = _movable(found, texts, upgrade=upgrade)
        modules = _modules_of(before.lock, catalog) - found.distributions
        asked = found.asked.keeping(modules)
        resolved = resolve(asked, at, present=before.lock, upgrade=movable, never_older=modules)
        lock = fetch(resolved, at)
        if lock.packages == before.lock.packages:
            return None
        return _prepared(lock, at, resolved, found, before.lock, before.name, catalog)


def prepare_without(settings: HubSettings, modules: Collection[str], *, on_progress: OnProgress) -> Prepared | None:
    """Build the environment without the distributions of ``modules``, and without the libraries that only they needed.

    Modules that came along with them stay: they have rows of their own, and others may use them by now. ``None`` where none
    of ``modules`` is installed by the hub: in an environment that somebody made by hand, and where they are gone already.

    :raises DistributionStillNeeded: when another one that stays needs one of them.
    """
    settle(settings)
    catalog = installed_catalog(settings)
    if (before := _with_any(settings, modules, catalog)) is None:
        return None
    with workshop(settings, on_progress=on_progress) as at:
        at.environments.sweep(settings.environments_kept, in_use=_awaited(settings))
        asked, resolved = _resolved_without(modules, at, before.lock, catalog)
        nothing = Targets(asked=asked, distributions=frozenset())
        return _prepared(fetch(resolved, at), at, resolved, nothing, before.lock, before.name, catalog)


def changes_without(
    settings: HubSettings, modules: Collection[str], *, on_progress: OnProgress
) -> tuple[PackageChange, ...]:
    """What :func:`prepare_without` would change; nothing is made, and it raises the same."""
    catalog = installed_catalog(settings)
    if (before := _with_any(settings, modules, catalog)) is None:
        return ()
    with workshop(settings, on_progress=on_progress) as at:
        return _resolved_without(modules, at, before.lock, catalog)[1].changes


def _with_any(settings: HubSettings, modules: Collection[str], catalog: Catalog) -> Environment | None:
    """The environment of the hub's that this process runs in, where it has the distribution of any of ``modules``."""
    before = Environments(settings.state_folder).running_in()
    return before if before is not None and _brought(modules, catalog) & before.lock.by_name.keys() else None


def _resolved_without(modules: Collection[str], at: Workshop, before: Lock, catalog: Catalog) -> tuple[Asked, Resolved]:
    leaving = _brought(modules, catalog)
    asked = Asked.of(before).without(leaving).keeping(_modules_of(before, catalog) - leaving)
    resolved = resolve(asked, at, present=before, upgrade=())
    there = {each.name for each in resolved.packages}
    if stays := leaving & there:
        raise DistributionStillNeeded(sorted(stays), _needing(stays, there, catalog))
    return asked, resolved


def _brought(modules: Collection[str], catalog: Catalog) -> set[str]:
    """The distributions that bring ``modules``."""
    return {canonicalize_name(each.distribution) for each in catalog.modules if each.name in modules}


def _modules_of(lock: Lock, catalog: Catalog) -> set[str]:
    """The distributions in an environment that bring modules."""
    return lock.by_name.keys() & {canonicalize_name(module.distribution) for module in catalog.modules}


def _needing(names: Collection[str], there: Collection[str], catalog: Catalog) -> list[str]:
    """The distributions of those that will be ``there`` that require one of ``names``."""
    return sorted(
        name
        for name, each in catalog.distributions.items()
        if name in there and name not in names and {asked_by(text).distribution for text in each.requires} & {*names}
    )


@contextmanager
def tried(
    settings: HubSettings, texts: Sequence[str], *, editable: bool, on_progress: OnProgress
) -> Iterator[Prepared | None]:
    """The environment of an installation for the length of the block, to be looked at; it is gone afterwards, however that ends.

    In an environment made by hand it is one of the same distributions, which is built outside the state folder.
    """
    if Environments(settings.state_folder).running_in() is None:
        with TemporaryDirectory(prefix="hub-tried-") as made:
            aside = settings.model_copy(update={"state_dir": Path(made)})
            with workshop(aside, on_progress=on_progress) as at:
                before = adopted_lock(at)
                catalog = installed_catalog(settings)
                found = targets(texts, catalog, before=Asked.of(before), editable=editable)
                resolved = resolve(found.asked, at, present=before)
                lock = fetch(resolved, at)
                prepared = (
                    None
                    if lock.packages == before.packages
                    else _prepared(lock, at, resolved, found, before, None, catalog)
                )
            yield prepared
        return
    prepared = None
    try:
        prepared = prepare(settings, texts, upgrade=False, editable=editable, on_progress=on_progress)
        yield prepared
    finally:
        with suppress(HubError):  # whoever is at work there removes what is left, as each does
            _discard(settings, prepared.environment.name if prepared else "")


def _prepared(
    lock: Lock,
    at: Workshop,
    resolved: Resolved,
    found: Targets,
    before: Lock,
    built_from: str | None,
    catalog: Catalog,
) -> Prepared:
    versions = [{name: each.version for name, each in one.by_name.items()} for one in (before, lock)]
    changes = changes_between(*versions)  # of a project only the lock knows it
    modules = {canonicalize_name(each.distribution) for each in catalog.modules}
    return Prepared(
        environment=_built(lock, at),
        built_from=built_from,
        changes=changes,
        distributions=frozenset(found.distributions | resolved.files),
        moves_libraries=bool(_moved(changes) - modules),
    )


def _built(lock: Lock, at: Workshop) -> Environment:
    """Nobody else removes it, from now until this process, or what it becomes there, has ended."""
    environment = build(lock, at)
    occupy(environment.folder)
    return environment


def _discard(settings: HubSettings, name: str) -> None:
    """Remove an environment, ``""`` for none, and all wheels that came for it alone."""
    with workshop(settings) as at:
        at.environments.discard(name)
        at.store.sweep([each.lock for each in at.environments.all()])


def adopt(settings: HubSettings, *, on_progress: OnProgress) -> Prepared:
    """Make an environment of the same distributions as the hand-made one this process runs in."""
    settle(settings)
    with workshop(settings, on_progress=on_progress) as at:
        current = at.environments.current()
        environment = _built(adopted_lock(at), at)
    name = current.name if current else None
    return Prepared(
        environment=environment, built_from=name, changes=(), distributions=frozenset(), moves_libraries=False
    )


def _moved(changes: Iterable[PackageChange]) -> set[str]:
    """What was there, and is there in another release or not any more."""
    return {canonicalize_name(each.name) for each in changes if each.before is not None}


def _managed(settings: HubSettings, texts: Sequence[str]) -> Environment:
    environment = Environments(settings.state_folder).running_in()
    if environment is None:
        raise EnvironmentHandMade(texts)
    return environment


def _awaited(settings: HubSettings) -> Collection[str]:
    """The environments of operations that have come to no end: whoever finishes one of them switches to its environment.

    All of them, when the core's tables are those of a release that was tried: whoever takes them back needs its revisions.
    """
    try:
        return [name for each in awaited(settings) if (name := each.intent.get("environment"))]
    except CoreTablesDiffer:
        return [each.name for each in Environments(settings.state_folder).all()]


def _movable(found: Targets, texts: Sequence[str], *, upgrade: bool) -> Collection[str] | None:
    """Which distributions may change their version: those named for an upgrade, or all when none is named."""
    if not upgrade:
        return ()
    return found.distributions if texts else None
