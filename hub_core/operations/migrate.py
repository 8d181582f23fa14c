"""``hub migrate``: bring the tables of enabled modules to a revision, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from sqlalchemy import Connection

from ..database import DatabaseUrl, connect, leader_lock, parse_url
from ..errors import HubError
from ..loading import ModuleFailed
from ..migrations import BASE, Inside, MigrationSource, RevisionUnknown, chain, downgrade, upgrade
from ..planning import Desired, Plan, RecordedModule, Step, pending_revisions
from ..registry import record
from ..settings import HubSettings
from .backups.backup import Backups, OnBackup
from .carrying import OnRevision, carry_out
from .core_tables import bring_core_up
from .describing.descriptions import Descriptions
from .document_file import written
from .environment import Situation, situation
from .lifecycle import refuse_passing_over
from .owning import table_owners
from .recovery import recover
from .seeds.seeding import forget_what_went
from .standing import ReadyModule
from .state_folder import make_state_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What a run brought about: the modules whose tables moved, and those that failed."""

    modules: tuple[str, ...] = ()
    errors: tuple[ModuleFailed, ...] = ()


class NotMigratable(HubError):
    """The module that was named is not one whose tables can be migrated now."""

    code = "not_migratable"

    def __init__(self, name: str, now: Situation, why: tuple[str, str] | None = None) -> None:
        known = ", ".join(now.wanted()) or "none"
        cause, remedy = why or (
            f"it is not enabled; enabled are: {known}",
            f"Set enabled = true under [modules.{name}] in hub.toml, then run hub up",
        )
        if reasons := now.plan.blocked.get(name, ()):
            cause, remedy = "; ".join(reason.text for reason in reasons), reasons[0].remedy
        super().__init__(f"{name} cannot be migrated", cause=cause, remedy=remedy)


_NOT_APPLIED: Final = "hub.toml enables it, and that was not applied yet", "Run hub up, which makes its tables"
_NOT_THERE: Final = "it has no tables yet", "Run hub up, which makes them"
_NO_MIGRATIONS: Final = "it has no migrations", "Migrate a module that has tables; hub migrate --check lists them"


def migrate(
    settings: HubSettings,
    *,
    name: str | None = None,
    target: str | None = None,
    agree: Callable[[Plan], None],
    on_revision: OnRevision,
    on_backup: OnBackup = lambda backup: None,
    descriptions: Descriptions | None = None,
) -> Migrated:
    """Migrate the core, then each enabled module in load order, or ``name`` alone, to its newest revision or ``target``.

    :param target: a revision of ``name``; an earlier one than its tables are at takes revisions back.
    :param agree: shown the plan when it has steps; raises to stop before anything of a module is changed.
    """
    url = parse_url(settings.effective_database_url)
    make_state_folder(settings)
    descriptions = descriptions or Descriptions(settings)
    with leader_lock(url, wait_seconds=settings.lock_seconds):
        bring_core_up(url, settings, on_revision=on_revision)
        recover(url, settings)
        with connect(url) as connection:
            now = situation(connection, settings, applies_document=False)
        if name is not None and name not in now.wanted():
            wish = (written(settings) or Desired()).modules.get(name)
            raise NotMigratable(name, now, _NOT_APPLIED if wish and wish.enabled else None)
        if name is not None and target is not None:
            found = now.resolution.modules[name]
            known = descriptions.all_known(now)
            return _Targeted(url, settings, now, known.ready(found), target, on_revision, on_backup).run(agree)
        steps = tuple(step for step in now.plan.steps if step.kind == "migrate" and name in (None, step.module))
        if not steps:
            return Migrated()
        agree(Plan(steps=steps))
        known = descriptions.all_known(now)
        affected = None if name is None else {name}
        bringing, _ = carry_out(url, settings, now, known, steps, on_revision, on_backup, affected=affected)
    moved = tuple(step.module for step in steps if step.module not in bringing.failures)
    return Migrated(modules=moved, errors=tuple(bringing.errors))


class _Targeted:
    """One module on its way to one revision, forward or back."""

    def __init__(
        self,
        url: DatabaseUrl,
        settings: HubSettings,
        now: Situation,
        module: ReadyModule,
        target: str,
        on_revision: OnRevision,
        on_backup: OnBackup,
    ) -> None:
        self._url, self._settings, self._now = url, settings, now
        self._module, self._found = module, module.found
        self._target = None if target == BASE else target
        self._on_revision, self._backups = on_revision, Backups(url, settings, on_backup)

    def run(self, agree: Callable[[Plan], None]) -> Migrated:
        """Plan, ask, keep a backup, and migrate."""
        row = self._now.recorded.get(self._found.name)
        if row is None:
            raise NotMigratable(self._found.name, self._now, _NOT_THERE)
        if row.revision == self._target:
            return Migrated()
        migrations = self._module.migrations
        if migrations is None:
            raise NotMigratable(row.name, self._now, _NO_MIGRATIONS)
        if self._target is not None and self._target not in {each.id for each in chain(migrations)}:
            raise RevisionUnknown(migrations, self._target)
        back = self._goes_back(row)
        if not back:
            try:
                refuse_passing_over(self._module, (), self._now.plan)
            except ModuleFailed as error:
                return Migrated(errors=(error,))
        agree(Plan(steps=(self._step(row, back=back),)))
        try:
            self._carry(migrations, row, back=back)
        except Exception as error:
            return Migrated(errors=(ModuleFailed(row.name, "migration", error),))
        return Migrated(modules=(row.name,))

    def _goes_back(self, row: RecordedModule) -> bool:
        return self._target is None or self._target not in pending_revisions(self._found, row.revision)

    def _step(self, row: RecordedModule, *, back: bool) -> Step:
        text = f"migrate {row.name} {'back ' if back else ''}from {row.revision or 'nothing'} to {self._target or 'nothing'}"
        if not back:
            return Step(kind="migrate", module=row.name, text=text)
        kept = {each.id for each in self._found.revisions} - set(pending_revisions(self._found, self._target))
        gone = [each.id for each in self._found.revisions if each.id not in kept]
        gone = [name for name in gone if name not in pending_revisions(self._found, row.revision)]
        impact = (
            f"takes back {', '.join(reversed(gone))}: what they added is dropped with its data",
            "a backup is made first"
            if self._settings.backup_before_upgrade
            else "NO backup is made: backup_before_upgrade is off",
            f"`hub up` brings {row.name} to its newest revision again",
        )
        return Step(kind="migrate", module=row.name, text=text, impact=impact)

    def _carry(self, source: MigrationSource, row: RecordedModule, *, back: bool) -> None:
        with connect(self._url, read_only=True) as connection:
            owners = table_owners(connection, self._now.catalog, self._now.recorded)
        self._backups.before(row, owners)
        after = replace(row, revision=self._target)
        go = partial(downgrade if back else upgrade, self._url, replace(source, placement=row.placement))

        def write_down(connection: Connection) -> None:
            record(connection, after)
            if back:
                forget_what_went(connection, replace(source, placement=row.placement))

        inside = Inside(record=write_down)
        go(target=self._target, owners=owners, on_revision=self._on_revision, inside=inside)
