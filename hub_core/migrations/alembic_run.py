"""The part that imports Alembic. It stands in for ``env.py``: a module ships revision files and nothing else."""

import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TextIO

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, String, inspect, text

from ..catalog import LONGEST_ID
from .source import MigrationSource

_NOT_REFLECTED = "Skipped unsupported reflection of expression-based index"
"""SQLAlchemy's warning when a batch rebuilds a table on SQLite, also one beside it: `hub schema check` finds what is lost."""
_ALEMBIC_ID: Final = 32
Steps = Sequence[Any]
"""Alembic's steps: one revision each, forward or back."""


def steps_between(source: MigrationSource, at: str | None, target: str | None, *, back: bool) -> Steps:
    """The steps from ``at`` to ``target``, in the order they run; ``None`` is before the first revision."""
    with _no_bytecode():
        script = ScriptDirectory(source.folder, version_locations=[source.folder])
        if back:
            return script._downgrade_revs(target or "base", at)
        return script._upgrade_revs(target or "base", at)  # type: ignore[arg-type]


def segments(steps: Steps) -> Iterator[tuple[bool, Steps]]:
    """``steps`` in groups that run in one transaction each (``True``), and single ones that cannot run in one."""
    for transactional, group in groupby(steps, key=_is_transactional):
        if transactional:
            yield True, tuple(group)
        else:
            yield from ((False, (step,)) for step in group)


def run(
    connection: Connection,
    source: MigrationSource,
    steps: Steps,
    *,
    begins: Callable[[str], None],
    ended: Callable[[str, str | None, bytes, float], None],
) -> None:
    """Run ``steps`` on ``connection``, in the transaction it is in, and stamp each.

    :param begins: told the id of each revision before it runs.
    :param ended: told the id, the revision the tables are at now, the content of the file and the milliseconds of each.
    """
    started, output = 0.0, sys.stdout

    def each(stamped: tuple[str, ...], context: MigrationContext) -> Iterator[Any]:
        nonlocal started
        for step in steps:
            begins(step.revision.revision)
            started = time.perf_counter()
            yield step

    def applied(*, step: Any, heads: set[str], **_: Any) -> None:
        duration = (time.perf_counter() - started) * 1000
        content = Path(step.up_revision.path).read_bytes()
        with redirect_stdout(output):
            ended(step.up_revision_id, next(iter(sorted(heads)), None), content, duration)

    options = {"fn": each, "on_version_apply": [applied], **_options(connection.dialect.name, source)}
    with _no_bytecode(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", _NOT_REFLECTED)
        context = MigrationContext.configure(connection, opts=options)
        context._version.c.version_num.type = String(LONGEST_ID)
        _widen(connection, source, steps)
        # what a revision prints is for people; standard output may be read by a program
        with Operations.context(context), redirect_stdout(sys.stderr):
            context.run_migrations()


def _widen(connection: Connection, source: MigrationSource, steps: Steps) -> None:
    """Make room for ids that are longer than the 32 characters of Alembic, in a version table that it made."""
    if connection.dialect.name == "sqlite" or all(len(step.revision.revision) <= _ALEMBIC_ID for step in steps):
        return  # SQLite keeps texts of any length
    if inspect(connection).has_table(source.version_table, schema=source.schema):
        quoted = connection.dialect.identifier_preparer.quote(source.version_table)
        connection.execute(text(f"ALTER TABLE {quoted} ALTER COLUMN version_num TYPE VARCHAR({LONGEST_ID})"))


def write_sql(dialect: str, source: MigrationSource, at: str | None, steps: Steps, output: TextIO) -> None:
    """Write the statements of ``steps`` for a person to read or run, without a database."""
    options = {
        "fn": lambda stamped, context: steps,
        "as_sql": True,
        "starting_rev": at,
        "output_buffer": output,
        "literal_binds": True,
        **_options(dialect, source),
    }
    with _no_bytecode():
        context = MigrationContext.configure(dialect_name=dialect, opts=options)
        context._version.c.version_num.type = String(LONGEST_ID)
        with Operations.context(context), context.begin_transaction():
            context.run_migrations()


def _options(dialect: str, source: MigrationSource) -> dict[str, Any]:
    return {
        "version_table": source.version_table,
        "transactional_ddl": True,
        "render_as_batch": dialect == "sqlite",
    }


def _is_transactional(step: Any) -> bool:
    return getattr(step.revision.module, "transactional", True) is not False


@contextmanager
def _no_bytecode() -> Iterator[None]:
    """Alembic executes revision files by path; that must not write ``__pycache__`` into a module's distribution."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
