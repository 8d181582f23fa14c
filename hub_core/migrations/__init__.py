"""Migrations: the only room that talks to Alembic. A module ships revision files; how they run is decided here."""

from .connections import Connections
from .failures import MigrationFailed, RevisionUnknown, SchemaNewer
from .guard.guarding import guarded
from .guard.violations import OwnershipViolated
from .offline import OfflineImpossible, offline_sql
from .placing import enter
from .rebuilding import advance_core, make_core, rebuild
from .schema.comparing import Difference
from .schema.difference_words import difference_text
from .schema.drafting import RevisionFails, Written, write_revision
from .schema.examining import examine, live_differences
from .schema.revision_lint import LintFinding
from .source import MigrationsInvalid, MigrationSource, chain, heads
from .upgrading import (
    BASE,
    CORE_MIGRATIONS,
    Inside,
    RevisionRun,
    downgrade,
    stay,
    upgrade,
)
from .version_tables import current, stamps

__all__ = [
    "BASE",
    "CORE_MIGRATIONS",
    "Connections",
    "Difference",
    "Inside",
    "LintFinding",
    "MigrationFailed",
    "MigrationSource",
    "MigrationsInvalid",
    "OfflineImpossible",
    "OwnershipViolated",
    "RevisionFails",
    "RevisionRun",
    "RevisionUnknown",
    "SchemaNewer",
    "Written",
    "advance_core",
    "chain",
    "current",
    "difference_text",
    "downgrade",
    "enter",
    "examine",
    "guarded",
    "heads",
    "live_differences",
    "make_core",
    "offline_sql",
    "rebuild",
    "stamps",
    "stay",
    "upgrade",
    "write_revision",
]
