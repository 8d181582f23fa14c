"""Whose each table of a hub is: what the registry recorded, and the prefixes of all modules there are or were."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from ..catalog import Catalog
from ..database import TableOwners
from ..errors import HubError
from ..planning import RecordedModule
from ..registry import CORE_PREFIX, owned_tables


def table_owners(
    connection: Connection | None, catalog: Catalog, recorded: Mapping[str, RecordedModule]
) -> TableOwners:
    """The owners as of now, by their prefixes alone where no hub is yet; of two modules with one prefix the recorded one owns."""
    prefixes = {module.manifest.table_prefix: module.name for module in catalog.modules if module.manifest}
    prefixes |= {row.table_prefix: name for name, row in recorded.items()}
    return TableOwners(
        recorded=owned_tables(connection) if connection else {}, prefixes=prefixes | {CORE_PREFIX: "hub"}
    )


def with_tables_of(module: str, connection: Connection, owners: TableOwners) -> TableOwners:
    """``owners`` with the tables of one module as they are recorded now."""
    others = {table: owner for table, owner in owners.recorded.items() if owner != module}
    return replace(owners, recorded=others | dict(owned_tables(connection, module)))


class TableTaken(HubError):
    """A module declares tables that are another module's."""

    code = "table_taken"

    def __init__(self, module: str, taken: Mapping[str, str]) -> None:
        owners = sorted(set(taken.values()))
        super().__init__(
            f"{module} declares tables of another module",
            cause="; ".join(f"{table} belongs to {owner}" for table, owner in sorted(taken.items())),
            remedy=f"Give {module} other table names, or run it without {', '.join(owners)}",
        )
        self.module, self.taken = module, taken


def refuse_taken(module: str, declared: Iterable[str], owners: TableOwners) -> None:
    """Refuse a module whose tables would be those of others.

    :raises TableTaken: naming them.
    """
    taken = {table: owner for table in declared if (owner := owners.owner(table)) not in (None, module)}
    if taken:
        raise TableTaken(module, {table: str(owner) for table, owner in taken.items()})
