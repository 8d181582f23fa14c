"""Carry out the steps of a plan: each module is migrated and recorded before the next one.

A module is imported for it when it has data to load or hooks that are called, and not otherwise.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from ..database import DatabaseGone, DatabaseUnreachable, DatabaseUrl, TableOwners, connect
from ..loading import ModuleFailed, load_within
from ..migrations import Connections, Inside, MigrationFailed, MigrationSource, RevisionRun, stay, upgrade
from ..planning import Placement, RecordedModule, Step, recorded_after, told_failures
from ..registry import DONE, PARTLY, attempt_here, finish_operation, note_step, record, start_operation
from ..settings import HubSettings
from .actor import this_actor
from .backups.backup import BackupFailed, Backups, OnBackup
from .bringing import Bringing
from .describing.descriptions import Known
from .environment import Situation
from .lifecycle import Change, called_hooks, change_of, hook_failed, refuse_passing_over
from .owning import refuse_taken, table_owners, with_tables_of
from .processes.process_note import ProcessNote
from .seeds.files import SeedInvalid
from .seeds.seeding import FOLDERS, Seeding
from .seeds.table import SeedFailed
from .standing import ReadyModule

log = logging.getLogger(__name__)

OnRevision = Callable[[RevisionRun], None]


def carry_out(
    url: DatabaseUrl,
    settings: HubSettings,
    now: Situation,
    known: Known,
    steps: Sequence[Step],
    on_revision: OnRevision,
    on_backup: OnBackup = lambda backup: None,
    note: ProcessNote | None = None,
    *,
    operation: str | None = None,
    affected: Collection[str] | None = None,
) -> tuple[Bringing, Mapping[str, RecordedModule]]:
    """Take ``steps`` module by module, each recorded and journaled as it is done.

    :param operation: the journal's id of what this is a part of; without one the whole is journaled here, as ``up``.
    :param affected: the modules that are changed; by default all.
    :returns: what may serve, and what is recorded afterwards.
    """
    bringing = Bringing(now, known)
    with Connections(url) as connections:
        backups = Backups(url, settings, on_backup)
        carrying = _Carrying(connections, settings, now, on_revision, backups, note or ProcessNote(), operation)
        if steps and operation is None:
            carrying.start(steps)
        for step in steps:
            if step.kind == "disable":
                bringing.let_go(step.module, partial(carrying.disable, step))
        for name in now.wanted():
            ahead = [step for step in steps if step.module == name and step.kind != "disable"]
            is_left = affected is not None and name not in affected
            bringing.bring(name, _leave if is_left else partial(carrying.take, ahead))
        if steps and operation is None:
            carrying.finish(bringing)
    return bringing, carrying.recorded


def _leave(module: ReadyModule) -> None:
    """What is pending for a module that the change is not about stays so."""


class _Carrying:
    """Carries out steps and records them."""

    def __init__(
        self,
        connections: Connections,
        settings: HubSettings,
        now: Situation,
        on_revision: OnRevision,
        backups: Backups,
        note: ProcessNote,
        operation: str | None,
    ) -> None:
        self._operation, self._is_undoable = operation, operation is not None
        self._connections, self._url, self._settings = connections, connections.url, settings
        self._now, self._on_revision, self._backups, self._note = now, on_revision, backups, note
        self._owners: TableOwners | None = None
        self.recorded: dict[str, RecordedModule] = dict(now.recorded)

    def start(self, steps: Sequence[Step]) -> None:
        """Journal what is about to be done."""
        with connect(self._url) as connection:
            detail = [step.text for step in steps]
            modules = [*dict.fromkeys(step.module for step in steps)]
            hashes = {each.name: each.hash for each in self._now.catalog.modules if each.name in modules}
            attempt = attempt_here("up", actor=this_actor(), modules=modules, hashes=hashes)
            self._operation = start_operation(connection, kind="up", detail=detail, actor=this_actor(), attempt=attempt)
            connection.commit()

    def finish(self, bringing: Bringing) -> None:
        """Journal how it ended."""
        assert self._operation is not None
        with connect(self._url) as connection:
            failures, outcome = bringing.failures, PARTLY if bringing.failures else DONE
            finish_operation(connection, self._operation, outcome=outcome, reason=told_failures(failures) or None)
            connection.commit()

    def take(self, steps: Sequence[Step], module: ReadyModule) -> None:
        """Migrate one module and record its steps; a failed migration leaves its data and its record as they were."""
        name = module.name
        if module.migrations is None:
            self._refuse_data(module, steps)
            revision = self._now.newest_revision(name)
            if not called_hooks(module, steps):
                self.record(name, steps, revision)
                return
            with self._note.of(name, module.found.hash).doing("lifecycle hooks"):
                self._stay(module, steps, revision, self._change(module, steps))
            return
        source = self._source(module)
        # Asked of the description: only that says where an explicit hub_migrations has the revisions.
        revision = self._now.newest_of(source)
        if revision != self._revision_of(name):
            if not any(step.kind == "migrate" for step in steps):
                steps = [migrate_step(name, revision), *steps]
            refuse_passing_over(module, steps, self._now.plan)
        if steps:
            with self._note.of(name, module.found.hash).doing("migration"):
                self._migrate(module, source, steps, revision)

    def disable(self, step: Step, module: ReadyModule | None) -> None:
        """Record that a module stops, with its hook; one whose code cannot be loaded is not asked.

        :param module: ``None`` for one that has no code that could run.
        """
        if module is None or not called_hooks(module, [step]):
            self.record(step.module, [step])
            return
        with self._note.of(module.name, module.found.hash).doing("lifecycle hooks"):
            try:
                change = self._change(module, [step])
            except ModuleFailed as error:
                log.warning("%s is disabled without being asked: it failed in the phase %s", module.name, error.phase)
                change = Change()
            self._stay(module, [step], None, change)

    def _migrate(
        self, module: ReadyModule, source: MigrationSource, steps: Sequence[Step], revision: str | None
    ) -> None:
        name = module.name
        row = self._row_after(name, steps, revision)
        kinds = [step.kind for step in steps if step.kind in FOLDERS]
        change = self._change(module, steps)
        with _told_as_failure(name):
            owners = self._known_owners()
            dialect = self._connections.read(lambda connection: connection.dialect)
            refuse_taken(name, module.description.tables, owners)
            seeding = Seeding(change.loaded, kinds, dialect=dialect, owners=owners) if change.loaded and kinds else None
            backup = self._back_up(name, revision, owners, writes=bool(kinds or change.before or change.after))
            inside = Inside(
                before=change.before,
                fill=seeding.fill if seeding else None,
                after=change.after,
                record=partial(self._write_down, row=row, steps=steps, backup=backup, seeding=seeding),
            )
            upgrade(
                self._url,
                source,
                owners=owners,
                on_revision=self._on_revision,
                inside=inside,
                connections=self._connections,
            )
        if row is not None:
            self.recorded[name] = row
        self._owners = self._connections.read(partial(with_tables_of, name, owners=owners))

    def _stay(self, module: ReadyModule, steps: Sequence[Step], revision: str | None, change: Change) -> None:
        """Record steps that leave the tables as they are, with the hooks that they call."""
        name = module.name
        row = self._row_after(name, steps, revision)
        with _told_as_failure(name):
            owners = self._known_owners()
            backup = self._back_up(name, self._revision_of(name), owners, writes=bool(change.before or change.after))
            written = partial(self._write_down, row=row, steps=steps, backup=backup)
            stay(
                self._url,
                self._source(module),
                owners=owners,
                inside=Inside(before=change.before, after=change.after, record=written),
                connections=self._connections,
            )
        if row is not None:
            self.recorded[name] = row

    def _change(self, module: ReadyModule, steps: Sequence[Step]) -> Change:
        """What of the module's own code takes part in ``steps``; it is imported for nothing else."""
        hooks = called_hooks(module, steps)
        if not hooks and not any(step.kind in FOLDERS for step in steps):
            return Change()
        loaded = load_within(module.found, self._settings.areas, self._settings.start_seconds)
        if not hooks:
            return Change(loaded=loaded)
        row = self.recorded.get(module.name)
        return change_of(module, loaded, hooks, row=row, seconds=self._settings.start_seconds)

    def _known_owners(self) -> TableOwners:
        self._owners = self._owners or self._connections.read(
            partial(table_owners, catalog=self._now.catalog, recorded=self.recorded)
        )
        return self._owners

    def _source(self, module: ReadyModule) -> MigrationSource:
        """Where the module's tables lie, or would."""
        if module.migrations is not None:
            return replace(module.migrations, placement=self._placement(module.name))
        prefix = module.manifest.table_prefix
        return MigrationSource(module=module.name, folder=module.found.folder, table_prefix=prefix)

    def _refuse_data(self, module: ReadyModule, steps: Sequence[Step]) -> None:
        if any(step.kind in FOLDERS for step in steps):
            error = SeedInvalid(module.name, ["it has no migrations, so there are no tables to load data into"])
            raise ModuleFailed(module.name, "seed", error) from error

    def _back_up(self, name: str, revision: str | None, owners: TableOwners, *, writes: bool) -> Path | None:
        """Keep the module's rows as they are, where revisions are about to change them.

        :param writes: whether seed data or hooks may; that is kept where the whole may be undone.
        """
        row = self.recorded.get(name)
        if row is None or row.revision is None or (row.revision == revision and not (writes and self._is_undoable)):
            return None
        return self._backups.before(row, owners)

    def record(self, name: str, steps: Sequence[Step], revision: str | None = None) -> None:
        """Write down what is true of a module without tables, or of one that stops, once ``steps`` are done."""
        row = self._row_after(name, steps, revision)
        if steps and row is not None:
            with connect(self._url) as connection:
                self._write_down(connection, row=row, steps=steps)
                connection.commit()
            self.recorded[name] = row

    def _write_down(
        self,
        connection: Connection,
        *,
        row: RecordedModule | None,
        steps: Sequence[Step],
        backup: Path | None = None,
        seeding: Seeding | None = None,
    ) -> None:
        """Record the module and journal its steps, in the transaction that takes them."""
        for step in steps if self._operation else ():
            note_step(
                connection,
                self._operation or "",
                kind=step.kind,
                module=step.module,
                text=step.text,
                before=self.recorded.get(step.module),
                backup=str(backup) if backup else None,
            )
        if row is not None:
            record(connection, row)
        if seeding is not None:
            seeding.record(connection)

    def _row_after(self, name: str, steps: Sequence[Step], revision: str | None) -> RecordedModule | None:
        row, found = self.recorded.get(name), self._now.resolution.modules.get(name)
        for step in steps:
            row = recorded_after(step, row, found=found, revision=revision, placement=self._placement(name))
        return row

    def _revision_of(self, name: str) -> str | None:
        row = self.recorded.get(name)
        return row.revision if row else None

    def _placement(self, name: str) -> Placement:
        """Where the module's tables are, or shall be made."""
        row, wish = self.recorded.get(name), self._now.desired.modules.get(name)
        return (row.placement if row else wish.placement if wish else None) or "shared"


@contextmanager
def _told_as_failure(name: str) -> Iterator[None]:
    """Tell whatever ends a module's change as the failure of that module.

    A database that is away is told as it is: the module is not at fault, and no other one can be brought up either.
    """
    try:
        yield
    except BackupFailed as error:
        raise ModuleFailed(name, "backup", error) from error
    except Exception as error:
        if isinstance(error, DatabaseUnreachable) or isinstance(error.__cause__, DatabaseGone):
            raise
        if isinstance(error, MigrationFailed) and error.hook:
            raise hook_failed(error) from error
        if isinstance(told := error.__cause__ or error, SeedInvalid | SeedFailed):
            raise ModuleFailed(name, "seed", told) from error
        raise ModuleFailed(name, "migration", error) from error


def migrate_step(name: str, revision: str | None) -> Step:
    """The step that a migration is recorded by."""
    return Step(kind="migrate", module=name, text=f"migrate {name} to {revision}")
