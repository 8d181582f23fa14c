"""Hold the revisions of one module to its tables on PostgreSQL where many modules are made anew in one transaction.

What :class:`PostgresqlGuard` looks at is that of a whole transaction. Here it is what differs across the block: which relations
there are, and how many rows of each were written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, text

from ...database import TableOwners
from ..source import MigrationSource
from .violations import OwnershipViolated, whose

_RELATIONS: Final = text("""
    SELECT c.relnamespace::regnamespace::text, c.relname::text, pg_stat_get_xact_tuples_inserted(c.oid)
        + pg_stat_get_xact_tuples_updated(c.oid) + pg_stat_get_xact_tuples_deleted(c.oid)
    FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
        AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
""")


@contextmanager
def guarded_together(connection: Connection, source: MigrationSource, owners: TableOwners) -> Iterator[None]:
    """Let the block run, then hold what it did against ownership.

    :raises OwnershipViolated: naming each relation that is not the module's.
    """
    before = _relations(connection)
    yield
    after = _relations(connection)
    touched = {name for name, count in before.items() ^ after.items() if owners.owner(name[1]) != source.module}
    if touched:
        raise OwnershipViolated(
            source,
            [
                f"it {'makes' if name not in before else 'drops' if name not in after else 'writes rows of'} "
                f"the relation {name[1]}, {whose(owners, name[1])}"
                for name in sorted(touched)
            ],
        )


def _relations(connection: Connection) -> dict[tuple[str, str], int]:
    return {(schema, name): count or 0 for schema, name, count in connection.execute(_RELATIONS)}
