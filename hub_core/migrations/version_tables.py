"""Which revision the tables of modules are at, asked of the version tables themselves. Does without Alembic."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from .source import MigrationSource

_MOST_AT_ONCE: Final = 400
"""Parts of one compound SELECT; SQLite takes 500."""


def current(connection: Connection, source: MigrationSource) -> str | None:
    """The revision the tables of one module are at; ``None`` before its first one."""
    if not inspect(connection).has_table(source.version_table, schema=source.schema):
        return None
    row = connection.exec_driver_sql(_stamp(connection, source)).first()
    return row[1] if row else None


def stamps(connection: Connection, sources: Iterable[MigrationSource]) -> Mapping[str, str | None]:
    """The revisions of many modules, in one query when each of them has its version table, as recorded modules have.

    Where one is missing, they are asked one by one: somebody else removed it. ``connection`` has written nothing: its
    transaction is rolled back then.
    """
    sources = tuple(sources)
    answers: dict[str, str | None] = dict.fromkeys(source.module for source in sources)
    for start in range(0, len(sources), _MOST_AT_ONCE):
        some = sources[start : start + _MOST_AT_ONCE]
        try:
            query = " UNION ALL ".join(_stamp(connection, source) for source in some)
            answers.update((module, at) for module, at in connection.exec_driver_sql(query))
        except DBAPIError:
            connection.rollback()
            answers.update({source.module: current(connection, source) for source in some})
    return answers


def _stamp(connection: Connection, source: MigrationSource) -> str:
    # as text: a hundred of SQLAlchemy's SELECTs take longer to put together than the database to answer
    quote = connection.dialect.identifier_preparer.quote
    schema = f"{quote(source.schema)}." if source.schema else ""
    return f"SELECT '{source.module}', version_num FROM {schema}{quote(source.version_table)}"  # noqa: S608 - both are names
