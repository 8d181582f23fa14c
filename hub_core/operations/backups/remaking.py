"""Make the tables of a module anew, in one transaction: as a backup has them, as an older revision made them, or none at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime

from sqlalchemy import Connection, delete, insert

from ...database import DatabaseUrl, ModuleContent, TableOwners, connect
from ...migrations import MigrationSource, rebuild
from ...planning import RecordedModule
from ...registry import record_tables, seeds
from ..dropping import hold
from .reading import Kept, filled, rows_refer
from .writing import data_tables, tables_at


@contextmanager
def remade(
    url: DatabaseUrl,
    source: MigrationSource,
    owners: TableOwners,
    row: RecordedModule,
    target: str | None,
    backup: Kept | None,
    *,
    keep: Callable[[], object] | None = None,
    lock_seconds: int | None = None,
) -> Iterator[Connection]:
    """Yield the transaction in which the tables are at ``target`` with the rows of ``backup``; it commits with the block.

    :param row: says where the module's tables are.
    :param target: a revision of ``source``; ``None`` leaves no table.
    :param keep: copies what is there now; nobody writes into the tables from then on.
    :param lock_seconds: how long to try to get them for that, as for :func:`hold`.
    """

    def is_own(table: str) -> bool:
        return owners.owner(table) == row.name

    with (
        connect(url, foreign_keys=False) as connection,
        filled(connection, backup) if backup else nullcontext() as fill,
        connection.begin(),
    ):
        if keep is not None:
            hold(connection, [row], owners, lock_seconds=lock_seconds)
            keep()
        tables = tables_at(connection, row)
        with rows_refer(tables, is_own):
            if target is None:
                tables.drop(is_own)
                record_tables(connection, row.name, ())
            else:
                rebuild(connection, source, owners, target=target, clear=lambda: tables.drop(is_own))
            if backup and fill:
                fill(tables, backup.content, data_tables(row, owners, tables.names()))
        yield connection


def restore_seeds(connection: Connection, chosen: ModuleContent) -> None:
    """Remember of seed data what was remembered then: it says which rows people changed."""
    connection.execute(delete(seeds).where(seeds.c.module == chosen.name))
    kept = [{**each, "module": chosen.name, "at": datetime.fromisoformat(str(each["at"]))} for each in chosen.seeds]
    if kept:
        connection.execute(insert(seeds), kept)
