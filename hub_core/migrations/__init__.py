"""Migrations: the only room that talks to Alembic. A module ships revision files; how they run is decided here."""

from .source import MigrationsInvalid, MigrationSource, heads
from .upgrading import CORE_MIGRATIONS, MigrationFailed, RevisionRun, SchemaNewer, current, upgrade

__all__ = [
    "CORE_MIGRATIONS",
    "MigrationFailed",
    "MigrationSource",
    "MigrationsInvalid",
    "RevisionRun",
    "SchemaNewer",
    "current",
    "heads",
    "upgrade",
]
