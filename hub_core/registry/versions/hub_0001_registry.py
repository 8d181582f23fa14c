"""The registry: modules, wishes, the applied hub.toml, operations, migrations, tokens."""

import sqlalchemy as sa
from alembic import op
from hub_hookspecs.database import UtcDateTime

revision = "hub_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "hub_module",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("distribution", sa.String(200), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("revision", sa.String(100)),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "hub_wish",
        sa.Column("module", sa.String(100), primary_key=True),
        sa.Column("version", sa.String(200)),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
    )
    op.create_table(
        "hub_document",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("applied_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "hub_operation",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("outcome", sa.String(40)),
    )
    op.create_table(
        "hub_migration",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("module", sa.String(100), nullable=False, index=True),
        sa.Column("before", sa.String(100)),
        sa.Column("after", sa.String(100)),
        sa.Column("duration_ms", sa.Float, nullable=False),
        sa.Column("checksum", sa.String(64)),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "hub_token",
        sa.Column("bearer_sha256", sa.String(64), primary_key=True),
        sa.Column("cookie_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    for table in ("hub_token", "hub_migration", "hub_operation", "hub_document", "hub_wish", "hub_module"):
        op.drop_table(table)
