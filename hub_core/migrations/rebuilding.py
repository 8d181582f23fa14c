"""Make a module's tables anew, at an older revision: what a restore fills with the rows of a backup."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, event, inspect

from ..database import TableOwners
from ..registry import CORE_REVISION, record_tables
from .guard.guarding import guarded
from .guard.together import guarded_together
from .placing import enter
from .source import MigrationSource
from .upgrading import CORE_MIGRATIONS

_CONCURRENTLY: Final = re.compile(r"\b(INDEX|VIEW|TABLE)\s+CONCURRENTLY\b", re.IGNORECASE)


def rebuild(
    connection: Connection,
    source: MigrationSource,
    owners: TableOwners,
    *,
    target: str,
    clear: Callable[[], None],
    among_others: bool = False,
) -> None:
    """Run the revisions from the first one to ``target``, after ``clear`` has removed what is there.

    All in the transaction that ``connection`` is in, also revisions that otherwise run outside one: nobody else can see
    these tables yet, so ``CONCURRENTLY`` is left out.

    :param among_others: whether the transaction makes the tables of other modules too.
    :raises OwnershipViolated: when anything touches what is not the module's.
    """
    from .alembic_run import run, steps_between  # here, because importing Alembic takes 0.3 s

    enter(connection, source)
    guard = guarded_together if among_others and connection.dialect.name == "postgresql" else guarded
    with guard(connection, source, owners), _together(connection):
        clear()
        steps = steps_between(source, None, target, back=False)
        run(connection, source, steps, begins=lambda revision: None, ended=lambda *_: None)
    names = inspect(connection).get_table_names(schema=source.schema)
    record_tables(connection, source.module, owners.tables_of(source.module, names))


def make_core(connection: Connection, target: str) -> None:
    """Make the core's own tables at an older revision, or this release's, where there are none."""
    _run_core(connection, None, target)


def advance_core(connection: Connection, at: str) -> None:
    """Bring the core's own tables from ``at`` to this release's newest revision, with what is in them."""
    _run_core(connection, at, CORE_REVISION)


def _run_core(connection: Connection, at: str | None, target: str) -> None:
    from .alembic_run import run, steps_between  # as above

    enter(connection, CORE_MIGRATIONS)
    with _together(connection):
        steps = steps_between(CORE_MIGRATIONS, at, target, back=False) if at != target else ()
        run(connection, CORE_MIGRATIONS, steps, begins=lambda revision: None, ended=lambda *_: None)


@contextmanager
def _together(connection: Connection) -> Iterator[None]:
    def said(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return _CONCURRENTLY.sub(r"\1", statement), parameters

    event.listen(connection, "before_cursor_execute", said, retval=True)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", said)
