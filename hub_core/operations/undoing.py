"""Take back what an operation has done: each module as it was before it, the last one first.

A module whose tables were touched gets them anew, at the revision before, and its rows from the recovery point. Each module
is taken back in one transaction that also says so in the journal: who is killed here is followed by somebody who goes on.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from ..catalog import VERSIONS, Catalog
from ..database import TableOwners, connect, parse_url
from ..errors import HubError
from ..loading import load_within
from ..migrations import MigrationSource
from ..planning import RecordedModule
from ..registry import (
    DONE,
    UNDONE,
    OperationRow,
    StepRow,
    finish_operation,
    forget_module,
    note_migrations_undone,
    note_undone,
    record,
    recorded,
    steps_of,
)
from ..settings import HubSettings
from .backups.backup import Backup, Backups
from .backups.reading import Kept, in_backup, read_backup
from .backups.remaking import remade, restore_seeds
from .moving import move
from .owning import table_owners

log = logging.getLogger(__name__)


class NotUndone(HubError):
    """An operation could not be taken back yet; whoever changes something next tries again, and nothing else is done before."""

    code = "operation_not_undone"

    def __init__(self, operation: OperationRow, module: str, error: Exception) -> None:
        told = f"{error.problem}: {error.cause}" if isinstance(error, HubError) else f"{type(error).__name__}: {error}"
        super().__init__(
            f"operation {operation.number} ({operation.kind}) could not be undone: {module} is as the operation left it",
            cause=told,
            remedy=error.remedy
            if isinstance(error, HubError)
            else f"Mend that and run the command again; see hub show --operation {operation.number}",
        )
        self.operation, self.module = operation, module


def undo(settings: HubSettings, catalog: Catalog, operation: OperationRow, *, reason: str) -> tuple[str, ...]:
    """Take back every step of ``operation`` that is done, and journal that it ended so. Under the leader's lock.

    :param catalog: what is on disk, with the revisions that made the tables.
    :returns: the modules that were taken back.
    :raises NotUndone: naming the first module that could not be.
    """
    url = parse_url(settings.effective_database_url)
    with connect(url, read_only=True) as connection:
        steps = [step for step in steps_of(connection, operation.id) if step.outcome == DONE]
    first = {step.module: step for step in reversed(steps)}
    done = list(dict.fromkeys(step.module for step in reversed(steps)))
    for module in done:
        try:
            _take_back(settings, catalog, operation, first[module])
        except Exception as error:
            raise NotUndone(operation, module, error) from error
    with connect(url) as connection:
        finish_operation(connection, operation.id, outcome=UNDONE, reason=reason)
        connection.commit()
    return tuple(done)


def _take_back(settings: HubSettings, catalog: Catalog, operation: OperationRow, step: StepRow) -> None:
    with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
        rows = recorded(connection)
        owners = table_owners(connection, catalog, rows)
    row, before = rows.get(step.module), step.before
    with _as_before(settings, catalog, owners, row, operation, step) as connection:
        if before is None:
            forget_module(connection, step.module)
        else:
            record(connection, before)
        note_undone(connection, operation.id, step.module)


@contextmanager
def _as_before(
    settings: HubSettings,
    catalog: Catalog,
    owners: TableOwners,
    row: RecordedModule | None,
    operation: OperationRow,
    step: StepRow,
) -> Iterator[Connection]:
    """The transaction in which the module's tables are as they were; it commits with the block."""
    url, before = parse_url(settings.effective_database_url), step.before.revision if step.before else None
    if row is None or (row.revision == before and step.backup is None):
        with connect(url) as connection, connection.begin():
            if row is not None and step.before is not None and row.placement != step.before.placement:
                move(connection, row, step.before.placement, owners)
            yield connection
        return
    kept, source = _kept(step, settings), source_of(settings, catalog, row)
    keep = partial(_keep_what_goes, settings, owners, row, operation) if before is not None else None
    with remade(url, source, owners, row, before, kept, keep=keep, lock_seconds=0) as connection:
        if kept is not None:
            restore_seeds(connection, kept.content)
        note_migrations_undone(connection, step.module, operation.started_at)
        yield connection


def _keep_what_goes(settings: HubSettings, owners: TableOwners, row: RecordedModule, operation: OperationRow) -> None:
    """Copy the tables as they are: processes that serve may have written into them since the recovery point."""

    def tell(backup: Backup) -> None:
        log.warning(
            "operation %d: %s goes back to the rows it had before; those it has now are kept in %s",
            operation.number, row.name, backup.path,
        )  # fmt: skip

    Backups(parse_url(settings.effective_database_url), settings, tell).before(row, owners, asked=True)


def _kept(step: StepRow, settings: HubSettings) -> Kept | None:
    if step.backup is None:
        return None
    path = Path(step.backup)
    keys = settings.backup_keys
    return in_backup(path, read_backup(path, keys), step.module, keys)


def source_of(settings: HubSettings, catalog: Catalog, row: RecordedModule) -> MigrationSource:
    """Where the revisions lie that made the tables: in the usual folder, or where the module says."""
    found = next((each for each in catalog.modules if each.name == row.name), None)
    folder = (found.folder if found else Path()) / VERSIONS
    if found is not None and not folder.is_dir():
        migrations = load_within(found, settings.areas, settings.start_seconds).migrations
        folder = migrations.folder if migrations else folder
    return MigrationSource(module=row.name, folder=folder, table_prefix=row.table_prefix, placement=row.placement)
