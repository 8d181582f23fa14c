"""Migrations: the only room that talks to Alembic. A module ships revision files; how they run is decided here."""

from .guard import guarded
from .offline import OfflineImpossible, offline_sql
from .placing import enter
from .rebuilding import rebuild
from .source import MigrationsInvalid, MigrationSource, chain, heads
from .stamps import current, stamps
from .upgrading import (
    BASE,
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
    "BASE",
    "CORE_MIGRATIONS",
    "Inside",
    "MigrationFailed",
    "MigrationSource",
    "MigrationsInvalid",
    "OfflineImpossible",
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
    "rebuild",
    "offline_sql",
    "stamps",
    "upgrade",
]
