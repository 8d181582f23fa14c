"""Which module made which table. Written by the migration that makes it, in the same transaction."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, insert, select

from . import tables


def owned_tables(connection: Connection, module: str | None = None) -> Mapping[str, str]:
    """Module by name of table, of all that migrations made, or of those of one module."""
    table = tables.owned_tables
    rows = select(table.c.name, table.c.module)
    if module is not None:
        rows = rows.where(table.c.module == module)
    return dict(connection.execute(rows).all())


def record_tables(connection: Connection, module: str, names: Iterable[str]) -> None:
    """Record that ``names`` are the tables of ``module``, and no others."""
    table, now = tables.owned_tables, set(names)
    before = set(connection.scalars(select(table.c.name).where(table.c.module == module)))
    if gone := before - now:
        connection.execute(delete(table).where(table.c.name.in_(gone)))
    if made := now - before:
        connection.execute(insert(table), [{"name": name, "module": module} for name in sorted(made)])
