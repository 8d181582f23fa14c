"""Run a module's revisions, forward or back: whole or not at all, on both databases.

Alembic's own transaction handling leaves half of a failed migration behind on SQLite. So the transaction is ours: begun
before the first revision (SQLite: IMMEDIATE, with foreign keys off, or a batch rewrite of a parent would delete its
children), held against ownership, checked, and committed after the last one together with what the hub records of it.
A revision that says ``transactional = False`` runs alone between two such transactions.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from hub_hookspecs import ChangeRefused
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from ..catalog import Revision, heads_of
from ..database import (
    AS_BEFORE,
    HALF_WAY,
    IN_DOUBT,
    DatabaseGone,
    DatabaseMissing,
    DatabaseUrl,
    PlacementUnsupported,
    TableOwners,
    connect,
    plain_text,
)
from ..errors import HubError
from ..registry import CORE_PREFIX, VERSIONS_FOLDER, note_migration, record_tables, unfinished
from . import placing
from .connections import Connections
from .failures import MigrationFailed, RevisionUnknown, RowsOrphaned, SchemaNewer
from .guard.guarding import guarded, guarded_outside
from .guard.violations import OwnershipViolated, whose
from .placing import drop_invalid_indexes, enter
from .source import MigrationSource, chain
from .version_tables import current
from .watch.watching import LOCK_TIMEOUT, Watch, watched

if TYPE_CHECKING:
    from .alembic_run import Steps

CORE_MIGRATIONS: Final = MigrationSource(module="hub", folder=VERSIONS_FOLDER, table_prefix=CORE_PREFIX)
BASE: Final = "base"
"""What the state before the first revision is called."""
_PAUSE_SECONDS: Final = 0.5
"""Between two attempts to get a lock: time for those who queued behind the last one."""
_EXISTS: Final = re.compile(r'relation "(\w+)" already exists')

Work = Callable[[Connection], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRun:
    """One revision that ran, forward or ``back``: the ``number``-th of ``total`` of this run."""

    module: str
    revision: str
    duration_ms: float
    number: int = 1
    total: int = 1
    back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What else belongs to a module's migration and is kept or lost with it.

    ``fill`` writes the module's own rows, such as seed data, and is held to its tables like the revisions. ``record``
    writes what the hub keeps of it. The hooks ``before`` are called ahead of the first revision, those ``after`` behind the
    last one and ``fill``; each is held to the module's tables by itself, so that it is known which one was at fault.
    """

    before: Mapping[str, Work] = field(default_factory=dict)
    fill: Work | None = None
    after: Mapping[str, Work] = field(default_factory=dict)
    record: Work | None = None


def upgrade(
    url: DatabaseUrl,
    source: MigrationSource,
    *,
    on_revision: Callable[[RevisionRun], None],
    owners: TableOwners | None = None,
    target: str | None = None,
    inside: Inside | None = None,
    connections: Connections | None = None,
) -> tuple[RevisionRun, ...]:
    """Bring the tables of one module forward to ``target``, by default its newest revision.

    :param on_revision: told of each revision as it ends, before the commit.
    :param owners: whose each table is; by default only this module and the hub are known.
    :param connections: of a run that migrates many modules; by default this one has its own.
    :param inside: what else is done in the last transaction, also when no revision is missing.
    :returns: what ran and was committed; empty when the tables were there already.
    :raises MigrationFailed: naming the revision; of a transaction that failed nothing is kept.
    :raises MigrationsInvalid: when the files do not make one chain.
    :raises SchemaNewer: when the tables are ahead of the files.
    """
    with nullcontext(connections) if connections else Connections(url) as run:
        return _Run(run, source, owners, on_revision, inside or Inside()).carry(target, back=False)


def downgrade(
    url: DatabaseUrl,
    source: MigrationSource,
    *,
    target: str | None,
    on_revision: Callable[[RevisionRun], None],
    owners: TableOwners | None = None,
    inside: Inside | None = None,
    connections: Connections | None = None,
) -> tuple[RevisionRun, ...]:
    """Take revisions of one module back until its tables are at ``target``; ``None`` is before the first one.

    As :func:`upgrade` otherwise. What the revisions added is gone with its data.
    """
    with nullcontext(connections) if connections else Connections(url) as run:
        return _Run(run, source, owners, on_revision, inside or Inside()).carry(target, back=True)


def stay(
    url: DatabaseUrl,
    source: MigrationSource,
    *,
    inside: Inside,
    owners: TableOwners | None = None,
    connections: Connections | None = None,
) -> None:
    """Do what is ``inside`` in a transaction like that of a migration, and run no revision, whether some are missing or not.

    Of ``source`` only the module, the prefix and the place of its tables count.

    :raises MigrationFailed: naming the hook; nothing is kept.
    """
    with nullcontext(connections) if connections else Connections(url) as run:
        _Run(run, source, owners, lambda revision: None, inside).stay()


class _Run:
    """One way from one revision to another."""

    def __init__(
        self,
        connections: Connections,
        source: MigrationSource,
        owners: TableOwners | None,
        on_revision: Callable[[RevisionRun], None],
        inside: Inside,
    ) -> None:
        if source.schema is not None and connections.url.kind == "sqlite":
            raise PlacementUnsupported(source.module, connections.url)
        known = TableOwners(prefixes={source.table_prefix: source.module, CORE_PREFIX: "hub"})
        self._connections, self._url = connections, connections.url
        self._source, self._owners = source, owners or known
        self._on_revision, self._inside, self._back = on_revision, inside, False
        self._before: str | None = None
        self._at: str | None = None
        self._done: list[RevisionRun] = []
        self._notes: list[dict[str, Any]] = []
        self._missing: list[dict[str, Any]] = []
        self._running: str | None = None
        self._hook: str | None = None
        self._number, self._total = 0, 0
        self._began = 0.0
        self._watch: Watch | None = None
        self._then = AS_BEFORE

    def carry(self, target: str | None, *, back: bool) -> tuple[RevisionRun, ...]:
        """Run what lies between, segment by segment."""
        self._back = back
        self._before = self._at = revision_at(self._connections, self._source)
        revisions = chain(self._source)
        steps = self._steps(revisions, target)
        self._total = len(steps)
        nothing_inside = self._inside == Inside()
        cut_off = self._cut_off(revisions)
        if not steps and nothing_inside and not cut_off:
            return ()
        ran: list[RevisionRun] = []
        todo = _segments(steps)
        if not todo or (not todo[-1][0] and not nothing_inside):
            todo = [*todo, (True, ())]
        if (cut_off or self._inside.before) and not todo[0][0]:
            todo = [(True, ()), *todo]
        for number, (transactional, some) in enumerate(todo, 1):
            self._missing = cut_off if number == 1 else []
            self._done, self._notes = [], [*self._missing]
            if transactional or self._url.kind == "sqlite":
                self._together(some, is_first=number == 1, is_last=number == len(todo))
            else:
                self._alone(some)
            ran += self._done
        return tuple(ran)

    def stay(self) -> None:
        """Do what is inside where the tables are."""
        self._before = self._at = revision_at(self._connections, self._source)
        self._together((), is_first=True, is_last=True)

    def _cut_off(self, revisions: Sequence[Revision]) -> list[dict[str, Any]]:
        """What the journal lacks of a revision outside a transaction whose process ended between its stamp and this."""
        revision = next((each for each in revisions if each.id == self._before), None)
        if revision is None or revision.transactional or self._url.kind == "sqlite":
            return []
        started = self._connections.read(partial(unfinished, module=self._source.module, revision=revision.id))
        if started is None:
            return []
        content = revision.path.read_bytes()
        return [{"before": started.before, "after": revision.id, "checksum": hashlib.sha256(content).hexdigest()}]

    def _steps(self, revisions: Sequence[Revision], target: str | None) -> "Steps":
        known = {revision.id for revision in revisions}
        if target is None and not self._back:
            target = next((revision.id for revision in heads_of(revisions)), None)
        if target == self._before:
            return ()
        if self._before and self._before not in known:
            raise SchemaNewer(self._source, self._before)
        if target and target not in known:
            raise RevisionUnknown(self._source, target)
        # here, because importing Alembic takes 0.3 s and most starts have nothing to migrate
        from .alembic_run import steps_between

        try:
            return steps_between(self._source, self._before, target, back=self._back)
        except BaseException as error:  # reading the files runs them
            self._fail(error)

    def _together(self, steps: "Steps", *, is_first: bool, is_last: bool) -> None:
        """Run ``steps`` and what belongs to them in one transaction."""
        self._then = AS_BEFORE
        try:
            with self._watched(self._connections.new()) as connection:
                self._until_unlocked(
                    lambda: self._in_transaction(connection, steps, is_first=is_first, is_last=is_last)
                )
        except BaseException as error:
            self._fail(error)
        self._kept()

    def _until_unlocked(self, attempt: Callable[[], None]) -> None:
        """Try again while a table is locked. Each attempt waits shortly, so that others are not held up behind it."""
        began = time.monotonic()
        while True:
            try:
                return attempt()
            except OperationalError as error:
                waited = time.monotonic() - began
                if getattr(error.orig, "sqlstate", None) != LOCK_TIMEOUT or waited >= placing.LOCK_SECONDS:
                    if self._watch:
                        self._watch.waited = waited
                    raise
            self._connections.names.clear()
            self._number -= len(self._done)
            self._done, self._notes, self._then = [], [*self._missing], AS_BEFORE
            self._running = self._hook = None
            time.sleep(_PAUSE_SECONDS)

    def _in_transaction(self, connection: Connection, steps: "Steps", *, is_first: bool, is_last: bool) -> None:
        with connection.begin():
            enter(connection, self._source)
            if is_first:
                self._call(connection, self._inside.before)
            fill = self._inside.fill if is_last else None
            if steps or fill:
                with self._guard(connection):
                    self._revisions(connection, steps)
                    if fill:
                        fill(connection)
            if is_last:
                self._call(connection, self._inside.after)
            self._write_down(connection)
            if is_last and self._inside.record:
                self._inside.record(connection)
            _check_foreign_keys(self._url, connection)
            self._then = IN_DOUBT

    def _call(self, connection: Connection, hooks: Mapping[str, Work]) -> None:
        for hook, work in hooks.items():
            self._hook = hook
            with self._guard(connection):
                work(connection)
        self._hook = None

    def _alone(self, steps: "Steps") -> None:
        """Run one revision outside a transaction. Cut off, it is run again: it must bear that."""
        self._then = HALF_WAY
        try:
            with self._watched(connect(self._url)) as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                enter(connection, self._source, lasting=True)
                self._note(connection, {"before": self._at, "after": steps[0].revision.revision}, outcome="started")
                drop_invalid_indexes(connection, self._source, self._owners)
                with guarded_outside(connection, self._source, self._owners):
                    self._revisions(connection, steps)
                self._write_down(connection)
        except BaseException as error:
            with suppress(SQLAlchemyError, HubError):
                self._at = revision_at(self._connections, self._source)  # what it did stays, and so may its stamp
            self._fail(error)
        self._kept()

    def _guard(self, connection: Connection) -> AbstractContextManager[None]:
        if self._source.module == CORE_MIGRATIONS.module:
            return nullcontext()
        return guarded(connection, self._source, self._owners, self._connections.names)

    @contextmanager
    def _watched(self, opening: AbstractContextManager[Connection]) -> Iterator[Connection]:
        """A connection that is watched: what it waits for, and whether it is answered."""
        with opening as connection, watched(self._url, connection) as self._watch:
            yield connection

    def _revisions(self, connection: Connection, steps: "Steps") -> None:
        if steps:
            from .alembic_run import run

            run(connection, self._source, steps, begins=self._begins, ended=self._ended)

    def _begins(self, revision: str) -> None:
        self._running, self._began = revision, time.perf_counter()

    def _ended(self, revision: str, at: str | None, content: bytes, duration_ms: float) -> None:
        last = self._notes[-1]["after"] if self._notes else self._at
        checksum = hashlib.sha256(content).hexdigest()
        self._notes.append({"before": last, "after": at, "duration_ms": duration_ms, "checksum": checksum})
        self._number += 1
        run = RevisionRun(
            module=self._source.module,
            revision=revision,
            duration_ms=duration_ms,
            number=self._number,
            total=self._total,
            back=self._back,
        )
        self._done.append(run)
        self._on_revision(run)

    def _write_down(self, connection: Connection) -> None:
        """Journal what ran and record whose the tables are, in the transaction that made them."""
        if self._notes:
            self._note(connection, *self._notes, outcome="done")
        if self._notes and self._source.module != CORE_MIGRATIONS.module:
            names = inspect(connection).get_table_names(schema=self._source.schema)
            record_tables(connection, self._source.module, self._owners.tables_of(self._source.module, names))

    def _note(self, connection: Connection, *notes: Mapping[str, Any], outcome: str) -> None:
        same = {"module": self._source.module, "outcome": outcome, "duration_ms": 0.0, "checksum": None}
        for note in notes:
            note_migration(connection, **{**same, **note})

    def _kept(self) -> None:
        if self._notes:
            self._at = self._notes[-1]["after"]
        self._running = None

    def _fail(self, error: BaseException) -> NoReturn:
        if isinstance(error, KeyboardInterrupt):
            raise error
        # first of all, because it says how things are now
        explained = self._watch.explanation(error, then=self._then) if self._watch else None
        if not (self._watch and self._watch.is_silent) and (self._running or not self._hook):
            self._journal_failure()
        told = error
        if isinstance(error, OwnershipViolated) and self._hook:
            told = OwnershipViolated(self._source, error.violations, by=self._hook)
        cause, remedy = explained or (_told(told), _remedy(told))
        if (found := _EXISTS.search(cause)) and self._owners.owner(found[1]) != self._source.module:
            cause += f": {found[1]}, {whose(self._owners, found[1])}"
        in_doubt = isinstance(error, DatabaseGone) and self._then == IN_DOUBT
        raise MigrationFailed(
            self._source,
            self._before,
            self._at,
            self._running,
            hook=self._hook,
            cause=cause,
            remedy=remedy,
            in_doubt=in_doubt,
        ) from error

    def _journal_failure(self) -> None:
        """Note the failure; where even the journal cannot be written, the failure itself is what counts."""
        lasted = (time.perf_counter() - self._began) * 1000 if self._running else 0.0
        with suppress(SQLAlchemyError, HubError), connect(self._url) as connection:
            failed = {"before": self._at, "after": self._running, "duration_ms": lasted}
            self._note(connection, failed, outcome="failed")
            connection.commit()


def _segments(steps: "Steps") -> "list[tuple[bool, Steps]]":
    if not steps:
        return []
    from .alembic_run import segments

    return list(segments(steps))


def _told(error: BaseException) -> str:
    if isinstance(error, HubError):
        return f"{error.problem}: {error.cause}" if error.cause else error.problem
    if isinstance(error, ChangeRefused):
        return " ".join(str(error.reason).split())
    return f"{type(error).__name__}: {plain_text(error)}"


def _remedy(error: BaseException) -> str | None:
    return error.remedy if isinstance(error, HubError | ChangeRefused) else None


def revision_at(connections: Connections, source: MigrationSource) -> str | None:
    """:func:`current`, read without waiting for writers; a file that is not there yet is at no revision."""
    try:
        return connections.read(partial(current, source=source))
    except DatabaseMissing:
        return None


def _check_foreign_keys(url: DatabaseUrl, connection: Connection) -> None:
    """Refuse to commit on SQLite what its foreign keys forbid; they were off. Older faults are not this migration's."""
    if url.kind != "sqlite":
        return
    check = text("PRAGMA foreign_key_check")
    broken = {tuple(row) for row in connection.execute(check)}
    if broken:
        with connect(url, read_only=True) as earlier:
            broken -= {tuple(row) for row in earlier.execute(check)}
    if broken:
        tables = ", ".join(sorted({f"{row[0]} refers to {row[2]}" for row in broken}))
        raise RowsOrphaned(f"{len(broken)} rows would lose the row they refer to: {tables}")
