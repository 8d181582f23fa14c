"""Make a module's tables anew, at an older revision: what a restore fills with the rows of a backup."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, event, inspect

from ..database import TableOwners
from ..registry import record_tables
from .guard.guarding import guarded
from .placing import enter
from .source import MigrationSource

_CONCURRENTLY: Final = re.compile(r"\b(INDEX|VIEW|TABLE)\s+CONCURRENTLY\b", re.IGNORECASE)


def rebuild(
    connection: Connection,
    source: MigrationSource,
    owners: TableOwners,
    *,
    target: str,
    clear: Callable[[], None],
) -> None:
    """Run the revisions from the first one to ``target``, after ``clear`` has removed what is there.

    All in the transaction that ``connection`` is in, also revisions that otherwise run outside one: nobody else can see
    these tables yet, so ``CONCURRENTLY`` is left out.

    :raises OwnershipViolated: when anything touches what is not the module's.
    """
    from .alembic_run import run, steps_between  # here, because importing Alembic takes 0.3 s

    enter(connection, source)
    with guarded(connection, source, owners), _together(connection):
        clear()
        steps = steps_between(source, None, target, back=False)
        run(connection, source, steps, begins=lambda revision: None, ended=lambda *_: None)
    names = inspect(connection).get_table_names(schema=source.schema)
    record_tables(connection, source.module, owners.tables_of(source.module, names))


@contextmanager
def _together(connection: Connection) -> Iterator[None]:
    def said(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return _CONCURRENTLY.sub(r"\1", statement), parameters

    event.listen(connection, "before_cursor_execute", said, retval=True)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", said)
