"""What belongs to nobody and needs tables of modules: it is named before they are dropped, while nothing is locked."""

from collections.abc import Collection

from sqlalchemy import Connection

from ..database import PostgresqlTables, SqliteTables, TableOwners
from ..planning import RecordedModule
from .backups.writing import tables_at


def needing(connection: Connection, rows: Collection[RecordedModule], owners: TableOwners) -> list[str]:
    """What could not be used any more without all that is of the modules ``rows``, one sentence each."""
    names, places = {row.name for row in rows}, [tables_at(connection, row) for row in rows]

    def is_own(table: str) -> bool:
        return owners.owner(table) in names

    if not places:
        return []
    schemas = {place.schema for place in places if isinstance(place, PostgresqlTables)}
    first = places[0]
    return first.needing(is_own) if isinstance(first, SqliteTables) else first.needing(is_own, schemas)
