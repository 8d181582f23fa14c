"""The two kinds of database as SQLAlchemy writes for them, without a connection to either."""

from functools import cache
from typing import Final

from sqlalchemy import Dialect
from sqlalchemy.dialects import registry

KINDS: Final = ("postgresql", "sqlite")


@cache
def dialect(kind: str) -> Dialect:
    """How statements for ``kind`` are written. Loaded when asked for: most starts of the hub write for one kind only."""
    made: Dialect = registry.load(kind)()
    return made
