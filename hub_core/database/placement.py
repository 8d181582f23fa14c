"""Where the tables of a module lie: with the hub's own, or in a schema of their own. PostgreSQL has schemas, SQLite not.

Names stay unqualified everywhere: the search path of a transaction says where they are found. A translation of schema
names would miss raw SQL.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from ..errors import HubError
from .url import DatabaseUrl


class PlacementUnsupported(HubError):
    """A module shall have a schema of its own in a database without schemas."""

    code = "placement_unsupported"

    def __init__(self, module: str, url: DatabaseUrl) -> None:
        super().__init__(
            f"{module} shall be placed in a schema of its own, and {url.masked} has no schemas",
            remedy=f'Leave it in placement shared, without placement = "schema" under [modules.{module}] in hub.toml, or use PostgreSQL',
        )


def schema_of(module: str) -> str:
    """The name of the schema of a module that has one."""
    return f"hub_{module}"


def search_in(connection: Connection, schemas: Iterable[str], *, lasting: bool = False) -> None:
    """Find unqualified names in ``schemas`` first; new tables are made in the first of them.

    Until the transaction ends, or ``lasting`` for the whole connection.
    """
    quote = connection.dialect.identifier_preparer.quote
    before = connection.scalar(text("SELECT current_setting('search_path')"))
    path = ", ".join([*map(quote, schemas), str(before)])
    connection.execute(text("SELECT set_config('search_path', :path, :local)"), {"path": path, "local": not lasting})
