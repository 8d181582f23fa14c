"""Who tried to change what, in rows that nobody changes; and the operations that were asked for over HTTP."""

import sqlalchemy as sa
from alembic import op

revision = "hub_0007"
down_revision = "hub_0006"

_SQLITE = """
    CREATE TRIGGER hub_audit_{event} BEFORE {event} ON hub_audit
    BEGIN SELECT RAISE(ABORT, 'hub_audit is append-only'); END
"""
_SQLITE_REPLACED = """
    CREATE TRIGGER hub_audit_REPLACE BEFORE INSERT ON hub_audit WHEN EXISTS (SELECT 1 FROM hub_audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'hub_audit is append-only'); END
"""
_FUNCTION = """
    CREATE FUNCTION hub_audit_kept() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RAISE EXCEPTION ''hub_audit is append-only''; END'
"""
_POSTGRESQL = """
    CREATE TRIGGER hub_audit_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON hub_audit
    FOR EACH STATEMENT EXECUTE FUNCTION hub_audit_kept()
"""


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "hub_audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.String(32), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("address", sa.String(100)),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("modules", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("hashes", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("operation", sa.Integer()),
        sa.Column("code", sa.String(100)),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_hub_audit"),
    )
    op.create_index("ix_hub_audit_attempt", "hub_audit", ["attempt"])
    if op.get_context().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(event=event))
        op.execute(_SQLITE_REPLACED)
    else:
        op.execute(_FUNCTION)
        op.execute(_POSTGRESQL)
    op.create_table(
        "hub_request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("module", sa.String(100), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("command", sa.JSON(), nullable=False),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("address", sa.String(100)),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("key", sa.String(255)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("outcome", sa.String(40)),
        sa.Column("problem", sa.JSON()),
        sa.Column("result", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_hub_request"),
        sa.UniqueConstraint("principal", "key", name="uq_hub_request_principal_key"),
    )


def downgrade() -> None:
    op.drop_table("hub_request")
    op.drop_table("hub_audit")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION hub_audit_kept()")
