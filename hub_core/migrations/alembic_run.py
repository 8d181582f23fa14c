"""The part that imports Alembic. It stands in for ``env.py``: a module ships revision files and nothing else."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from .source import MigrationSource


def run(
    connection: Connection,
    source: MigrationSource,
    *,
    at: str | None,
    target: str,
    begins: Callable[[str], None],
    ended: Callable[[str, bytes, float], None],
) -> None:
    """Run the revisions between ``at`` and ``target`` in the transaction ``connection`` is in.

    :param begins: told the id of each revision before it runs.
    :param ended: told id, file content and duration in milliseconds of each, after its stamp.
    """
    started = 0.0

    def steps(stamped: tuple[str, ...], context: MigrationContext) -> Iterator[Any]:
        nonlocal started
        for step in script._upgrade_revs(target, at):  # type: ignore[arg-type]
            begins(step.revision.revision)
            started = time.perf_counter()
            yield step

    def applied(*, step: Any, **_: Any) -> None:
        duration = (time.perf_counter() - started) * 1000
        ended(step.up_revision_id, Path(step.up_revision.path).read_bytes(), duration)

    with _no_bytecode():
        script = ScriptDirectory(source.folder, version_locations=[source.folder])
        context = MigrationContext.configure(
            connection,
            opts={
                "fn": steps,
                "on_version_apply": [applied],
                "version_table": source.version_table,
                "transactional_ddl": True,
                "render_as_batch": connection.dialect.name == "sqlite",
            },
        )
        with Operations.context(context):
            context.run_migrations()


@contextmanager
def _no_bytecode() -> Iterator[None]:
    """Alembic executes revision files by path; that must not write ``__pycache__`` into a module's distribution."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
