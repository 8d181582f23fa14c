"""Migrations: the only room that talks to Alembic. A module ships revision files; how they run is decided here."""

from .revision_files import MigrationsInvalid, MigrationSource, heads
from .upgrade import CORE_MIGRATIONS, MigrationFailed, RevisionRun, SchemaNewer, upgrade

__all__ = [
    "CORE_MIGRATIONS",
    "MigrationFailed",
    "MigrationSource",
    "MigrationsInvalid",
    "RevisionRun",
    "SchemaNewer",
    "heads",
    "upgrade",
]
