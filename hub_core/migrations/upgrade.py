"""Run a module's revisions forward: whole or not at all, on both databases.

Alembic's own transaction handling leaves half of a failed migration behind on SQLite. So the transaction is ours: begun
before the first revision (SQLite: IMMEDIATE, with foreign keys off, or a batch rewrite of a parent would delete its
children), checked, and committed after the last one together with the row of the journal.
"""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from ..database import DatabaseUrl, connect
from ..errors import HubError
from ..registry import VERSIONS_FOLDER, note_migration
from .revision_files import MigrationSource, heads

CORE_MIGRATIONS = MigrationSource(module="hub", folder=VERSIONS_FOLDER, version_table="hub_alembic_version")
LOCK_SECONDS = 10
"""How long a migration waits on PostgreSQL for a table that something else has locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRun:
    """One revision that ran."""

    module: str
    revision: str
    duration_ms: float


class MigrationFailed(HubError):
    """A module's migration raised; its tables are as they were before."""

    code = "migration_failed"

    def __init__(self, source: MigrationSource, revision: str | None, error: BaseException) -> None:
        told = " ".join(str(getattr(error, "orig", None) or error).split())
        super().__init__(
            f"the migration of {source.module} to {revision or 'its newest revision'} failed; its tables are as before",
            cause=f"{type(error).__name__}: {told}",
            remedy=f"Correct the revision, or install a release of {source.module} that migrates",
        )
        self.module, self.revision = source.module, revision


class SchemaNewer(HubError):
    """The tables are at a revision that the installed release does not have."""

    code = "schema_newer"

    def __init__(self, source: MigrationSource, current: str) -> None:
        super().__init__(
            f"the tables of {source.module} are at {current}, which the installed release does not have",
            remedy=f"Install the release of {source.module} that has it, or a newer one",
        )


def upgrade(
    url: DatabaseUrl, source: MigrationSource, *, on_revision: Callable[[RevisionRun], None]
) -> tuple[RevisionRun, ...]:
    """Bring the tables of one module to its newest revision, in one transaction.

    :param on_revision: told of each revision as it ends, before the commit.
    :raises MigrationFailed: naming the revision; nothing of the whole run is kept.
    :raises SchemaNewer: when the tables are ahead of the files.
    """
    newest = heads(source)
    if not newest:
        return ()
    with connect(url, foreign_keys=False) as connection:
        run = _Run(connection, source, on_revision)
        try:
            with connection.begin():
                if url.kind == "postgresql":
                    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
                run.forward(newest[0])
                if url.kind == "sqlite":
                    _check_foreign_keys(connection)
        except HubError:
            raise
        except (Exception, SystemExit) as error:
            _journal_failure(url, run)
            raise MigrationFailed(source, run.running, error) from error
    return tuple(run.done)


class _Run:
    """One way from the recorded revision to the newest."""

    def __init__(
        self, connection: Connection, source: MigrationSource, on_revision: Callable[[RevisionRun], None]
    ) -> None:
        self._connection, self.source, self._on_revision = connection, source, on_revision
        self.done: list[RevisionRun] = []
        self.running: str | None = None
        self.before: str | None = None
        self._started = time.perf_counter()

    def forward(self, target: str) -> None:
        """Run what is missing."""
        script = ScriptDirectory(str(self.source.folder), version_locations=[str(self.source.folder)])
        context = MigrationContext.configure(
            self._connection,
            opts={
                "version_table": self.source.version_table,
                "transactional_ddl": True,
                "render_as_batch": self._connection.dialect.name == "sqlite",
                "on_version_apply": [self._applied],
                "fn": lambda current, _: self._steps(script, current, target),
            },
        )
        current = context.get_current_revision()
        self.before = current
        if current == target:
            return
        if current is not None and current not in {each.revision for each in script.walk_revisions()}:
            raise SchemaNewer(self.source, current)
        with Operations.context(context):
            context.run_migrations()

    def _steps(self, script: ScriptDirectory, current: Any, target: str) -> Any:
        self._started = time.perf_counter()
        for step in script._upgrade_revs(target, current):
            self.running = step.revision.revision
            yield step

    def _applied(self, *, step: Any, **_: Any) -> None:
        now = time.perf_counter()
        milliseconds = (now - self._started) * 1000
        self._started = now
        revision = step.up_revision
        note_migration(
            self._connection,
            module=self.source.module,
            before=self.before,
            after=revision.revision,
            duration_ms=milliseconds,
            checksum=hashlib.sha256(_content(revision.path)).hexdigest(),
            outcome="done",
        )
        self.before = revision.revision
        run = RevisionRun(module=self.source.module, revision=revision.revision, duration_ms=milliseconds)
        self.done.append(run)
        self._on_revision(run)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - Alembic gives the path as text
        return file.read()


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        tables = ", ".join(sorted({f"{row[0]} → {row[2]}" for row in broken}))
        raise ValueError(f"{len(broken)} rows would lose what they refer to: {tables}")


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
