"""Run a module's revisions forward: whole or not at all, on both databases.

Alembic's own transaction handling leaves half of a failed migration behind on SQLite. So the transaction is ours: begun
before the first revision (SQLite: IMMEDIATE, with foreign keys off, or a batch rewrite of a parent would delete its
children), checked, and committed after the last one together with the rows of the journal.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, column, inspect, select, table, text
from sqlalchemy.exc import SQLAlchemyError

from ..containment import is_contained
from ..database import DatabaseMissing, DatabaseUrl, connect
from ..errors import HubError
from ..registry import VERSIONS_FOLDER, note_migration
from .source import MigrationSource, chain, heads

CORE_MIGRATIONS: Final = MigrationSource(module="hub", folder=VERSIONS_FOLDER, version_table="hub_alembic_version")
LOCK_SECONDS: Final = 10
"""How long a migration waits on PostgreSQL for a table that something else has locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRun:
    """One revision that ran."""

    module: str
    revision: str
    duration_ms: float


class MigrationFailed(HubError):
    """A module's migration raised; its tables are as they were before. ``revision`` is the one that raised, if any did."""

    code = "migration_failed"

    def __init__(self, source: MigrationSource, before: str | None, revision: str | None, error: BaseException) -> None:
        told = " ".join(str(getattr(error, "orig", None) or error).split())
        super().__init__(
            f"the migration of {source.module} to {revision or 'its newest revision'} failed; "
            + (f"its tables are at {before} as before" if before else "it has no tables, as before"),
            cause=f"{type(error).__name__}: {told}",
            remedy=f"Correct the revision, or install a release of {source.module} that migrates",
        )
        self.module, self.before, self.revision = source.module, before, revision


class SchemaNewer(HubError):
    """The tables are at a revision that the installed release does not have."""

    code = "schema_newer"

    def __init__(self, source: MigrationSource, at: str) -> None:
        super().__init__(
            f"the tables of {source.module} are at {at}, which the installed release does not have",
            cause=f"a newer release migrated them; {source.folder} holds no such revision",
            remedy=f"Install the release of {source.module} that has it, or a newer one",
        )
        self.module, self.at = source.module, at


class RowsOrphaned(Exception):
    """Rows refer to rows that the migration took away; told as the cause of :class:`MigrationFailed`."""


def current(connection: Connection, source: MigrationSource) -> str | None:
    """The revision the tables of a module are at; ``None`` before its first one. Does not need Alembic."""
    if not inspect(connection).has_table(source.version_table):
        return None
    at: str | None = connection.scalar(select(column("version_num")).select_from(table(source.version_table)))
    return at


def upgrade(
    url: DatabaseUrl, source: MigrationSource, *, on_revision: Callable[[RevisionRun], None]
) -> tuple[RevisionRun, ...]:
    """Bring the tables of one module to its newest revision, in one transaction.

    :param on_revision: told of each revision as it ends, before the commit.
    :returns: what ran and was committed; empty when the tables were at the newest revision.
    :raises MigrationFailed: naming the revision; nothing of the whole run is kept.
    :raises MigrationsInvalid: when the files do not make one chain.
    :raises SchemaNewer: when the tables are ahead of the files.
    """
    newest = heads(source)
    if not newest:
        return ()
    before = _at(url, source)
    if before == newest[0]:
        return ()
    if before and before not in {revision.id for revision in chain(source)}:
        raise SchemaNewer(source, before)
    with connect(url, foreign_keys=False) as connection:
        run = _Run(connection, source, before, on_revision)
        try:
            with connection.begin():
                run.forward(newest[0])
                _check_foreign_keys(url, connection)
        except BaseException as error:
            if not is_contained(error):
                raise
            _journal_failure(url, run)
            raise MigrationFailed(source, before, run.running, error) from error
    return tuple(run.done)


class _Run:
    """One way from the recorded revision to the newest, in the transaction of ``connection``."""

    def __init__(
        self,
        connection: Connection,
        source: MigrationSource,
        before: str | None,
        on_revision: Callable[[RevisionRun], None],
    ) -> None:
        self.source, self.before = source, before
        self._connection, self._on_revision = connection, on_revision
        self.done: list[RevisionRun] = []
        self.running: str | None = None

    def forward(self, target: str) -> None:
        """Run what is missing."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        # here, because importing Alembic takes 0.3 s and most starts have nothing to migrate
        from .alembic_run import run

        run(self._connection, self.source, at=self.before, target=target, begins=self._begins, ended=self._ended)

    def _begins(self, revision: str) -> None:
        self.running = revision

    def _ended(self, revision: str, content: bytes, duration_ms: float) -> None:
        note_migration(
            self._connection,
            module=self.source.module,
            before=self.done[-1].revision if self.done else self.before,
            after=revision,
            duration_ms=duration_ms,
            checksum=hashlib.sha256(content).hexdigest(),
            outcome="done",
        )
        self.done.append(RevisionRun(module=self.source.module, revision=revision, duration_ms=duration_ms))
        self._on_revision(self.done[-1])


def _at(url: DatabaseUrl, source: MigrationSource) -> str | None:
    """:func:`current`, read without waiting for writers; a file that is not there yet is at no revision."""
    try:
        with connect(url, read_only=True) as connection:
            return current(connection, source)
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


def _journal_failure(url: DatabaseUrl, run: _Run) -> None:
    """Note the failure; where even the journal cannot be written, the failure itself is what counts."""
    with suppress(SQLAlchemyError, HubError), connect(url) as connection:
        note_migration(
            connection,
            module=run.source.module,
            before=run.before,
            after=run.running,
            duration_ms=0,
            checksum=None,
            outcome="failed",
        )
        connection.commit()
