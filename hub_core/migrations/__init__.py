"""Migrations: the only room that talks to Alembic. A module ships revision files; how they run is decided here."""

from .guard import guarded
from .placing import enter
from .source import MigrationsInvalid, MigrationSource, chain, heads
from .stamps import current, stamps
from .upgrading import (
    CORE_MIGRATIONS,
    Inside,
    MigrationFailed,
    RevisionRun,
    RevisionUnknown,
    SchemaNewer,
    downgrade,
    upgrade,
)
from .violations import OwnershipViolated

__all__ = [
    "CORE_MIGRATIONS",
    "Inside",
    "MigrationFailed",
    "MigrationSource",
    "MigrationsInvalid",
    "OwnershipViolated",
    "RevisionRun",
    "RevisionUnknown",
    "SchemaNewer",
    "chain",
    "current",
    "downgrade",
    "enter",
    "guarded",
    "heads",
    "stamps",
    "upgrade",
]
