"""Change which modules run, as one operation: planned, agreed to, journaled, verified; then committed, or undone.

    plan ▸ lock ▸ recover what was cut off ▸ refuse what cannot be ▸ agree ▸ journal ▸ steps ▸ verify ▸ commit, or undo

The database's transaction that stores the wishes is the commit. A process that ends before it is undone by whoever comes
next, one that ends behind it is finished. What other modules have pending is none of this.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..database import DatabaseMissing, DatabaseUrl, TableOwners, connect, leader_lock, parse_url
from ..error_text import error_line
from ..errors import HubError
from ..packages import Environments
from ..planning import Desired, Failure, ModuleState, Plan, RecordedModule, told_failures
from ..registry import (
    COMMITTED,
    Attempt,
    OperationRow,
    RecordedLock,
    attempt_here,
    finish_operation,
    generation,
    is_prepared,
    last_document,
    next_generation,
    operations,
    recorded_failures,
    start_operation,
    store_desired,
    token_hashes,
)
from ..resolution import is_glue
from ..settings import HubSettings
from .actor import this_actor
from .bringing import Bringing
from .carrying import carry_out
from .change import Change, Changed, ChangeRefused, ChangeUndone, EnvironmentGone, EnvironmentOutdated, Telling, Verify
from .choosing import Chosen, ModulesWouldStop, stopped
from .core_tables import core_on_trial, take_core_back
from .deciding import alterations, chosen_modules, removal
from .describing.descriptions import Descriptions, Known
from .document_edit import DocumentEdit, is_editable
from .downgrading import Lowering
from .environment import Situation, situation, situation_of
from .installed import installed_catalog
from .locked import EnvironmentBehind, lock_here, lock_of
from .moving import Move
from .owning import table_owners
from .processes.process_note import ProcessNote
from .recovery import finish, recover
from .removing import Removal
from .standing import Standing
from .state_folder import make_state_folder
from .undoing import undo

log = logging.getLogger(__name__)


def change(
    settings: HubSettings,
    wanted: Change,
    *,
    telling: Telling,
    verify: Verify,
    descriptions: Descriptions | None = None,
    note: ProcessNote | None = None,
) -> Changed:
    """Bring ``wanted`` about.

    :raises ChangeRefused: and the errors of :mod:`choosing`: when it cannot be; nothing was changed.
    :raises ChangeUndone: when it failed on its way; everything is as before.
    :raises NotUndone: when it, or one before it, could not be undone yet.
    :raises LeaderBusy: when another operation runs; it is named.
    """
    url = parse_url(settings.effective_database_url)
    make_state_folder(settings)
    descriptions = descriptions or Descriptions(settings, heeds_safe_mode=False)
    recovered: list[OperationRow] = []
    while True:
        with (
            leader_lock(url, wait_seconds=settings.lock_seconds),
            core_on_trial(url, settings, is_trial=_is_trial(wanted), on_revision=telling.on_revision),
        ):
            recovered += recover(url, settings)
            _refuse_outdated(settings, wanted)
            with connect(url) as connection:
                _refuse_changed_elsewhere(connection, settings, wanted)
                before = situation(connection, settings, applies_document=False)
            chosen = chosen_modules(settings, before, wanted)
            leaving = removal(url, before, chosen, wanted)
            known = descriptions.known(chosen.now)
            if not known.lacks:
                altered = alterations(settings, url, before, wanted)
                changing = _Changing(settings, url, wanted, before, chosen, known, telling, note, leaving, altered)
                return changing.run(verify, recovered)
        descriptions.learn(chosen.now, known)  # nobody has to wait for modules that take their time


def planned(settings: HubSettings, wanted: Change, *, descriptions: Descriptions | None = None) -> Plan:
    """What :func:`change` would do. Nothing is locked, made or changed; what is not known of modules is asked of the probe.

    :raises ChangeRefused: and the errors of :mod:`choosing`, as :func:`change` would.
    """
    url = parse_url(settings.effective_database_url)
    before = _looked_at(settings, url)
    chosen = chosen_modules(settings, before, wanted)
    known = (descriptions or Descriptions(settings, heeds_safe_mode=False)).all_known(chosen.now)
    silent = Telling(agree=lambda plan: None, on_revision=lambda run: None)
    leaving = removal(url, before, chosen, wanted)
    altered = alterations(settings, url, before, wanted)
    changing = _Changing(settings, url, wanted, before, chosen, known, silent, None, leaving, altered)
    plan = changing.plan
    if plan.steps or changing.changes_wishes:
        changing.refuse()
    return plan


def _looked_at(settings: HubSettings, url: DatabaseUrl) -> Situation:
    try:
        with connect(url, read_only=True) as connection:
            if is_prepared(connection):
                return situation(connection, settings, applies_document=False)
    except DatabaseMissing:
        pass
    return situation_of(installed_catalog(settings), {}, Desired(), "", settings)


def _refuse_outdated(settings: HubSettings, wanted: Change) -> None:
    """Under the lock: another operation may have switched since the environment was built, and would be taken back by it.

    Or what was agreed to is not what lies there by that name.
    """
    if wanted.environment is None:
        return
    environments = Environments(settings.state_folder)
    current, built = environments.current(), environments.find(wanted.environment)
    if wanted.built_from != (name := current.name if current else None):
        raise EnvironmentOutdated(wanted.environment, name)
    if wanted.lock is not None and (built is None or built.lock.digest != wanted.lock):
        raise EnvironmentGone(wanted.environment)


def _refuse_changed_elsewhere(connection: Connection, settings: HubSettings, wanted: Change) -> None:
    """The same of another machine, which calls its environments otherwise; who adopts another one means it."""
    now, environments = generation(connection), Environments(settings.state_folder)
    before = environments.find(wanted.built_from or "") if wanted.environment else environments.running_in()
    if wanted.kind != "adopt" and before is not None and now.lock not in (None, before.lock.digest):
        if wanted.environment is None:
            raise EnvironmentBehind(now.number)
        raise EnvironmentOutdated(wanted.environment, f"that of generation {now.number}")


def _is_trial(wanted: Change) -> bool:
    """Whether this process runs in an environment that is tried, whose release of the hub may be another."""
    return wanted.environment is not None and not wanted.goes_on_elsewhere


class _Changing:
    """One change, from its plan to its end."""

    def __init__(
        self,
        settings: HubSettings,
        url: DatabaseUrl,
        wanted: Change,
        before: Situation,
        chosen: Chosen,
        known: Known,
        telling: Telling,
        note: ProcessNote | None,
        removal: Removal | None,
        alterations: Sequence[Lowering | Move],
    ) -> None:
        self._settings, self._url, self._wanted = settings, url, wanted
        self._before, self._chosen, self._now = before, chosen, chosen.now
        self._known, self._telling, self._note = known, telling, note
        self._edited, self._removal = True, removal
        self._alterations = tuple(alterations)
        self._shall_run = {*chosen.affected, *(each.row.name for each in alterations)} & {*chosen.now.wanted()}

    @property
    def changes_wishes(self) -> bool:
        """Whether something else is wanted once it is done."""
        return self._wishes != self._before.desired

    @property
    def plan(self) -> Plan:
        """All steps: what leaves is disabled first, and removed last."""
        steps = (*self._chosen.steps, *(each.step for each in self._alterations))
        if self._removal is not None:
            steps = (*map(self._removal.told, steps), *self._removal.steps)
        return Plan(steps=steps)

    def run(self, verify: Verify, recovered: Sequence[OperationRow]) -> Changed:
        plan = self.plan
        if not plan.steps and not self.changes_wishes and self._wanted.environment is None:
            return Changed(plan=plan, recovered=recovered)
        self.refuse()
        self._telling.agree(plan)
        operation = self._start(plan)
        try:
            standing, failures = self._carry_out(operation)
            if not failures:
                self._telling.on_stage("verify")
                failures = self._verified(verify, standing)
        except BaseException as error:
            self._undo(operation, error_line(error))
            raise
        if failures:
            self._undo(operation, told_failures(failures))
            raise ChangeUndone(self._wanted.kind, operation.number, failures)
        self._commit_or_undo(operation)
        finish(self._url, self._settings, operation)
        if self._wanted.goes_on_elsewhere:
            self._take_core_back()
        return Changed(plan=plan, operation=operation.number, edited_document=self._edited, recovered=recovered)

    def _verified(self, verify: Verify, standing: Standing) -> Mapping[str, Failure]:
        """What the change has broken: that others cannot do their work at this moment may have any reason."""
        failures = verify(standing, self._shall_run | self._others)
        return {
            name: failure
            for name, failure in failures.items()
            if name not in self._others or failure.reason.code != "unhealthy"
        }

    @cached_property
    def _others(self) -> frozenset[str]:
        """The modules that run, and that another release of something may break; not those that had failed before."""
        moves = self._wanted.moves_libraries or bool(self._shall_run & self._before.recorded.keys())
        if self._wanted.environment is None or self._wanted.goes_on_elsewhere or not moves or not self._before.recorded:
            return frozenset()
        running = {name for name, row in self._before.recorded.items() if row.state is ModuleState.ENABLED}
        return frozenset((running & {*self._now.wanted()}) - self._failing - self._shall_run)

    @cached_property
    def _failing(self) -> frozenset[str]:
        """The modules that did not come up where the hub served last."""
        with connect(self._url, read_only=True) as connection:
            return frozenset(recorded_failures(connection))

    def _take_core_back(self) -> None:
        """Where an older release of the hub goes on; as whoever changes something next would."""
        try:
            take_core_back(self._url, self._settings, on_revision=self._telling.on_revision)
        except (HubError, SQLAlchemyError) as error:
            log.error("the hub's own tables are those of this release yet; hub up takes them back: %s", error)

    def refuse(self) -> None:
        """What the probe knows of the modules that shall run; nothing is changed for one that cannot, or stops another."""
        is_elsewhere = self._wanted.environment is not None and self._before.recorded
        if is_elsewhere and (stop := stopped(self._now, self._failing)):
            raise ModulesWouldStop(stop)
        asked = self._shall_run | self._others
        failures = {name: self._known.held[name] for name in sorted(asked) if name in self._known.held}
        bringing = Bringing(self._now, self._known)
        for name in self._now.wanted():
            bringing.bring(name, lambda module: None)
        failures |= {name: bringing.failures[name] for name in sorted(asked & bringing.failures.keys())}
        if failures:
            raise ChangeRefused(self._wanted.kind, failures)

    def _start(self, plan: Plan) -> OperationRow:
        wishes = self._now.desired.modules
        before = self._before.desired.modules
        changed = {
            name: wish.enabled
            for name, wish in wishes.items()
            if wish.enabled != (before[name].enabled if name in before else None) and name not in self._gone
        }
        placement = {
            name: wish.placement
            for name, wish in wishes.items()
            if wish.placement and wish.placement != (before[name].placement if name in before else None)
        }
        edit = DocumentEdit(enabled=changed, placement=placement, removed=tuple(sorted(self._gone)))
        self._edited = is_editable(self._settings) or not edit
        intent: dict[str, Any] = {"environment": self._wanted.environment}
        intent |= (edit if self._edited else DocumentEdit()).as_json()
        with connect(self._url) as connection:
            if lock := self._lock:
                intent |= {"lock": lock.digest, "before": generation(connection).lock}
            detail = [*self._wanted.packages, *(step.text for step in plan.steps)]
            started = start_operation(
                connection,
                kind=self._wanted.kind,
                detail=detail,
                actor=this_actor(),
                intent=intent,
                attempt=self._attempt(plan),
            )
            connection.commit()
            return next(row for row in operations(connection) if row.id == started)

    def _attempt(self, plan: Plan) -> Attempt:
        """What the audit log says of it, with the hash of each distribution that it is about."""
        wanted, catalog = self._wanted, self._now.catalog
        brought = [each.name for each in catalog.modules if each.distribution in wanted.distributions]
        modules = [*dict.fromkeys((*wanted.names, *brought, *(step.module for step in plan.steps)))]
        hashes = {each.name: each.hash for each in catalog.modules if each.name in modules}
        options: dict[str, Any] = {"cascade": wanted.cascade}
        if wanted.kind == "uninstall":
            options |= {"data": wanted.data, "backup": wanted.backup, "keep_package": wanted.keeps_package}
        return attempt_here(wanted.kind, actor=this_actor(), modules=modules, options=options, hashes=hashes)

    def _carry_out(self, operation: OperationRow) -> tuple[Standing, Mapping[str, Failure]]:
        bringing, recorded = carry_out(
            self._url,
            self._settings,
            self._now,
            self._known,
            self._chosen.steps,
            self._telling.on_revision,
            self._telling.on_backup,
            self._note,
            operation=operation.id,
            affected=self._chosen.affected,
        )
        failures = {name: failure for name, failure in bringing.failures.items() if name in self._chosen.affected}
        for each in self._alterations:
            if isinstance(each, Move):
                each.carry_out(self._url, self._owners(), operation=operation.id)
                continue
            each.carry_out(
                self._url,
                self._settings,
                self._owners(),
                self._telling.on_revision,
                self._telling.on_backup,
                operation=operation.id,
            )
        return self._standing(bringing, recorded), failures

    def _owners(self) -> TableOwners:
        with connect(self._url, read_only=True) as connection:
            return table_owners(connection, self._now.catalog, self._now.recorded)

    def _standing(self, bringing: Bringing, recorded: Mapping[str, RecordedModule]) -> Standing:
        with connect(self._url, read_only=True) as connection:
            digests = tuple(token_hashes(connection))
        return Standing(
            catalog=self._now.catalog,
            resolution=self._now.resolution,
            recorded=recorded,
            desired=self._now.desired,
            ready=tuple(bringing.ready),
            failures=bringing.failures,
            token_digests=digests,
        )

    @property
    def _gone(self) -> frozenset[str]:
        """The modules that nobody wishes anything of any more; glue that stays on disk would appear again."""
        if self._removal is None or self._wanted.data == "keep":
            return frozenset()
        chosen = self._before.resolution.chosen
        stays = self._wanted.environment is None
        return frozenset(
            name for name in self._chosen.named if not (stays and name in chosen and is_glue(chosen[name]))
        )

    @property
    def _wishes(self) -> Desired:
        """What is wanted once it is done."""
        return Desired(
            modules={name: wish for name, wish in self._now.desired.modules.items() if name not in self._gone}
        )

    @property
    def _lock(self) -> RecordedLock | None:
        """Of the environment that the hub goes on in, where that is another one."""
        if not self._wanted.goes_on_elsewhere:
            return lock_here(self._settings) if self._wanted.environment else None
        environment = Environments(self._settings.state_folder).find(self._wanted.environment or "")
        assert environment is not None, "it was there under this lock, and nobody removes what a process is to go on in"
        return lock_of(self._settings, environment)

    def _commit_or_undo(self, operation: OperationRow) -> None:
        try:
            with self._committing(operation) as connection:
                text = DocumentEdit.of(operation.intent).apply(last_document(connection) or "")
                store_desired(connection, self._wishes, text)
                next_generation(connection, self._lock)
                finish_operation(connection, operation.id, outcome=COMMITTED)
        except BaseException as error:
            with connect(self._url, read_only=True) as connection:
                (now,) = operations(connection, number=operation.number)
            if now.outcome is None:
                self._undo(operation, error_line(error))
            raise

    @contextmanager
    def _committing(self, operation: OperationRow) -> Iterator[Connection]:
        """The transaction of the commit, with what is removed in it."""
        if self._removal is None:
            with connect(self._url) as connection, connection.begin():
                yield connection
            return
        removing = self._removal.committing(
            self._url, self._settings, self._owners(), self._telling.on_backup, operation=operation.id
        )
        with removing as connection:
            yield connection

    def _undo(self, operation: OperationRow, reason: str) -> None:
        self._telling.on_stage("undo")
        undo(self._settings, self._now.catalog, operation, reason=reason[:2000])
