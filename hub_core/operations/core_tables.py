"""The core's own tables, while another release of the hub is tried in an environment of its own.

They follow what is committed. A release that is tried migrates them first of all; unless its environment is committed they go
back, by the release itself or, when it died, by whoever comes next, with the revisions that lie in that environment. Meanwhile
the release before goes on serving: a revision of the core only adds, until no release that is served knows what it takes away.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from ..database import DatabaseMissing, DatabaseUrl, connect
from ..errors import HubError
from ..migrations import CORE_MIGRATIONS, MigrationSource, chain, current, downgrade, upgrade
from ..packages import Environment, Environments
from ..registry import generation
from ..settings import HubSettings
from .carrying import OnRevision

_HERE: Final = CORE_MIGRATIONS.folder


class CoreNotTakenBack(HubError):
    """The core's tables are ahead of the release that goes on; whoever changes something next takes them back."""

    code = "core_not_taken_back"

    def __init__(self, before: str, error: Exception) -> None:
        super().__init__(
            f"nothing was changed, but the hub's own tables could not be taken back to {before} yet",
            cause=f"{error.problem}: {error.cause}"
            if isinstance(error, HubError)
            else f"{type(error).__name__}: {error}",
            remedy="Mend that and run hub up; it takes them back first of all",
        )


def bring_core_up(url: DatabaseUrl, settings: HubSettings, *, on_revision: OnRevision) -> str | None:
    """Bring the core's tables to this release's newest revision, from wherever they are; answers where they were.

    Under the leader's lock.

    :raises SchemaNewer: when a newer release was taken up, and this is an older one.
    """
    take_core_back(url, settings, on_revision=on_revision)
    before = _at(url)
    upgrade(url, CORE_MIGRATIONS, on_revision=on_revision)
    return before


@contextmanager
def core_on_trial(
    url: DatabaseUrl, settings: HubSettings, *, is_trial: bool, on_revision: OnRevision
) -> Iterator[None]:
    """The core's tables are this release's within the block, and stay so if the environment of this process is committed in it.

    :param is_trial: whether that is tried only; else they stay in any case.
    """
    before = bring_core_up(url, settings, on_revision=on_revision)
    try:
        yield
    finally:
        if is_trial and before is not None:
            try:
                if _committed(url) != _here(settings):
                    downgrade(url, CORE_MIGRATIONS, target=before, on_revision=on_revision)
            except (HubError, SQLAlchemyError) as error:
                raise CoreNotTakenBack(before, error) from error


def take_core_back(url: DatabaseUrl, settings: HubSettings, *, on_revision: OnRevision) -> None:
    """Undo what a release that was tried, or that the hub went back from, did to the core's tables.

    They are as the release knows them whose environment is recorded: that of this process, or another one.
    """
    if (at := _at(url)) is None:
        return
    kept = _recorded_revisions(url, settings)
    if kept is None or at in _ids(kept):
        return
    for environment in reversed(Environments(settings.state_folder).all()):
        source = _revisions_in(environment.site_packages)
        if at in _ids(source):
            downgrade(url, source, target=chain(kept)[-1].id, on_revision=on_revision)
            return


def is_behind(url: DatabaseUrl, environment: Environment) -> bool:
    """Whether the release of the hub in an environment is older than the core's tables: it can only be tried beside them."""
    at = _at(url)
    return at is not None and at not in _ids(_revisions_in(environment.site_packages))


def _recorded_revisions(url: DatabaseUrl, settings: HubSettings) -> MigrationSource | None:
    """The core's revisions of the release that is committed; ``None`` where its environment is on another machine."""
    committed = _committed(url)
    if committed == _here(settings):
        return CORE_MIGRATIONS
    found = Environments(settings.state_folder).having(committed) if committed else ()
    return _revisions_in(found[0].site_packages) if found else None


def _revisions_in(site_packages: Path) -> MigrationSource:
    """The core's revisions of the release that is installed there; where they lie in it stays as it is."""
    package = _HERE.parents[1]
    return replace(CORE_MIGRATIONS, folder=site_packages / package.name / _HERE.relative_to(package))


def _ids(source: MigrationSource) -> frozenset[str]:
    return frozenset(revision.id for revision in chain(source)) if source.folder.is_dir() else frozenset()


def _at(url: DatabaseUrl) -> str | None:
    try:
        with connect(url, read_only=True) as connection:
            return current(connection, CORE_MIGRATIONS)
    except DatabaseMissing:
        return None


def _committed(url: DatabaseUrl) -> str | None:
    with connect(url, read_only=True) as connection:
        return generation(connection).lock


def _here(settings: HubSettings) -> str | None:
    here = Environments(settings.state_folder).running_in()
    return here.lock.digest if here else None
