"""The core's own tables. They migrate as module ``hub``, before every other module."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hub_hookspecs.database import UtcDateTime, module_metadata
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

CORE_PREFIX: Final = "hub_"
CORE_REVISION: Final = "hub_0007"
"""What the revisions of these tables come to; they are read only where they are there."""
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
    Column("table_prefix", String(50)),
    Column("placement", String(20), nullable=False, server_default="shared"),
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
    Column("placement", String(20)),
    Column("demo", Boolean, nullable=False, server_default=false()),
    Column("required", Boolean, nullable=False, server_default=false()),
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
    Column("number", Integer, unique=True),
    Column("kind", String(40), nullable=False),
    Column("actor", String(200)),
    Column("intent", JSON),
    Column("detail", JSON, nullable=False),
    Column("started_at", UtcDateTime, nullable=False, default=now),
    Column("finished_at", UtcDateTime),
    Column("outcome", String(40)),
    Column("reason", Text),
)
operation_steps = Table(
    "hub_operation_step",
    METADATA,
    Column("operation", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("module", String(100), nullable=False),
    Column("text", Text, nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("before", JSON),
    Column("backup", Text),
    Column("at", UtcDateTime, nullable=False, default=now),
)
generations = Table(
    "hub_generation",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("environment", String(100)),
    Column("at", UtcDateTime, nullable=False, default=now),
    Column("lock", String(64)),
)
locks = Table(
    "hub_lock",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False, default=now),
)
"""Every lock that ever ran, with the last generation that it became current in."""
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
owned_tables = Table(
    "hub_table",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("module", String(100), nullable=False, index=True),
)
fuses = Table(
    "hub_fuse",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("holds", String(32), nullable=False),
    ForeignKeyConstraint(["holds"], ["hub_fuse.id"], name="fk_hub_fuse_holds", deferrable=True, initially="DEFERRED"),
)
"""A row that refers to no other cannot be committed: a migration that ends the hub's transaction loses it instead."""
seeds = Table(
    "hub_seed",
    METADATA,
    Column("module", String(100), primary_key=True),
    Column("table", String(200), primary_key=True),
    Column("key", String(500), primary_key=True),
    Column("values", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False, default=now, onupdate=now),
)
tokens = Table(
    "hub_token",
    METADATA,
    Column("bearer_sha256", String(64), primary_key=True),
    Column("cookie_sha256", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False, default=now),
)
audit = Table(
    "hub_audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("attempt", String(32), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False, default=now),
    Column("channel", String(20), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("address", String(100)),
    Column("action", String(40), nullable=False),
    Column("modules", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("hashes", JSON, nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("operation", Integer),
    Column("code", String(100)),
    Column("reason", Text),
)
"""Triggers refuse to change or delete a row."""
requests = Table(
    "hub_request",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("action", String(40), nullable=False),
    Column("module", String(100), nullable=False),
    Column("options", JSON, nullable=False),
    Column("command", JSON, nullable=False),
    Column("principal", String(200), nullable=False),
    Column("address", String(100)),
    Column("host", String(200), nullable=False),
    Column("key", String(255)),
    Column("digest", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False, default=now),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(40)),
    Column("problem", JSON),
    Column("result", JSON),
    UniqueConstraint("principal", "key"),
)
"""An operation that was asked for over HTTP goes by the id of its request."""
