"""Whose each table of a hub is: what the registry recorded, and the prefixes of all modules there are or were."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from ..catalog import Catalog
from ..database import TableOwners
from ..planning import RecordedModule
from ..registry import CORE_PREFIX, owned_tables


def table_owners(connection: Connection, catalog: Catalog, recorded: Mapping[str, RecordedModule]) -> TableOwners:
    """The owners as of now; of two modules with one prefix the recorded one owns."""
    prefixes = {module.manifest.table_prefix: module.name for module in catalog.modules if module.manifest}
    prefixes |= {row.table_prefix: name for name, row in recorded.items()}
    return TableOwners(recorded=owned_tables(connection), prefixes=prefixes | {CORE_PREFIX: "hub"})


def with_tables_of(module: str, connection: Connection, owners: TableOwners) -> TableOwners:
    """``owners`` with the tables of one module as they are recorded now."""
    others = {table: owner for table, owner in owners.recorded.items() if owner != module}
    return replace(owners, recorded=others | dict(owned_tables(connection, module)))
