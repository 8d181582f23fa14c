"""The registry: modules, wishes, the applied hub.toml, operations, migrations, tokens."""

import sqlalchemy as sa
from alembic import op

revision = "hub_0001"
down_revision = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "hub_module",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("distribution", sa.String(200), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("revision", sa.String(100)),
        sa.Column("recorded_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_hub_module"),
    )
    op.create_table(
        "hub_failure",
        sa.Column("module", sa.String(100), nullable=False),
        sa.Column("condition", sa.String(40), nullable=False),
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("module", name="pk_hub_failure"),
    )
    op.create_table(
        "hub_wish",
        sa.Column("module", sa.String(100), nullable=False),
        sa.Column("version", sa.String(200)),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("module", name="pk_hub_wish"),
    )
    op.create_table(
        "hub_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("applied_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_document"),
    )
    op.create_table(
        "hub_operation",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("finished_at", moment),
        sa.Column("outcome", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name="pk_hub_operation"),
    )
    op.create_table(
        "hub_migration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(100), nullable=False),
        sa.Column("before", sa.String(100)),
        sa.Column("after", sa.String(100)),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("checksum", sa.String(64)),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_migration"),
    )
    op.create_index("ix_hub_migration_module", "hub_migration", ["module"])
    op.create_table(
        "hub_token",
        sa.Column("bearer_sha256", sa.String(64), nullable=False),
        sa.Column("cookie_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("bearer_sha256", name="pk_hub_token"),
        sa.UniqueConstraint("cookie_sha256", name="uq_hub_token_cookie_sha256"),
    )


def downgrade() -> None:
    for table in (
        "hub_token",
        "hub_migration",
        "hub_operation",
        "hub_document",
        "hub_wish",
        "hub_failure",
        "hub_module",
    ):
        op.drop_table(table)
