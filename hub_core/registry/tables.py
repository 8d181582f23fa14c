"""The core's own tables. They migrate as module ``hub``, before every other module."""

from datetime import UTC, datetime
from pathlib import Path

from hub_hookspecs.database import UtcDateTime, module_metadata
from sqlalchemy import JSON, Boolean, Column, Float, Integer, String, Table, Text

METADATA = module_metadata("hub")
VERSIONS_FOLDER = Path(__file__).parent / "versions"


def now() -> datetime:
    """The moment something is recorded."""
    return datetime.now(UTC)


modules = Table(
    "hub_module",
    METADATA,
    Column("name", String(100), primary_key=True),
    Column("distribution", String(200), nullable=False),
    Column("version", String(100), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("revision", String(100)),
    Column("recorded_at", UtcDateTime, nullable=False, default=now, onupdate=now),
)
failures = Table(
    "hub_failure",
    METADATA,
    Column("module", String(100), primary_key=True),
    Column("condition", String(40), nullable=False),
    Column("code", String(100), nullable=False),
    Column("text", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, default=now),
)
wishes = Table(
    "hub_wish",
    METADATA,
    Column("module", String(100), primary_key=True),
    Column("version", String(200)),
    Column("enabled", Boolean, nullable=False),
    Column("settings", JSON, nullable=False),
)
documents = Table(
    "hub_document",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("applied_at", UtcDateTime, nullable=False, default=now),
)
operations = Table(
    "hub_operation",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("started_at", UtcDateTime, nullable=False, default=now),
    Column("finished_at", UtcDateTime),
    Column("outcome", String(40)),
)
migrations = Table(
    "hub_migration",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("module", String(100), nullable=False, index=True),
    Column("before", String(100)),
    Column("after", String(100)),
    Column("duration_ms", Float, nullable=False),
    Column("checksum", String(64)),
    Column("outcome", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False, default=now),
)
tokens = Table(
    "hub_token",
    METADATA,
    Column("bearer_sha256", String(64), primary_key=True),
    Column("cookie_sha256", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False, default=now),
)
