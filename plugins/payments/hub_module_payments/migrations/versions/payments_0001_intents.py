"""Intents, their captures, and idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payments_intent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.String(63), nullable=False, server_default="default"),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("gateway", sa.String(63), nullable=False),
        sa.Column("reference", sa.String(255), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("failure", sa.String(500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payments_intent"),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_intent_amount_positive")),
        sa.CheckConstraint(
            "captured_minor >= 0 AND captured_minor <= amount_minor",
            name=op.f("ck_payments_intent_captured_within_amount"),
        ),
    )
    for column in ("status", "currency", "reference"):
        op.create_index(f"ix_payments_intent_{column}_id", "payments_intent", [column, "id"])
    op.create_table(
        "payments_capture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.String(63), nullable=False, server_default="default"),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.String(63), nullable=False),
        sa.Column("gateway_transaction", sa.String(255), nullable=False),
        sa.Column("failure", sa.String(500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payments_capture"),
        sa.ForeignKeyConstraint(["intent_id"], ["payments_intent.id"], name="fk_payments_capture_intent_id"),
        sa.UniqueConstraint(
            "tenant_id",
            "gateway",
            "gateway_transaction",
            name="uq_payments_capture_tenant_id_gateway_gateway_transaction",
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_capture_amount_positive")),
    )
    for column in ("intent_id", "gateway_transaction"):
        op.create_index(f"ix_payments_capture_{column}", "payments_capture", [column])
    op.create_table(
        "payments_idempotency_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.String(63), nullable=False, server_default="default"),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payments_idempotency_key"),
        sa.UniqueConstraint(
            "tenant_id", "operation", "key", name="uq_payments_idempotency_key_tenant_id_operation_key"
        ),
    )


def downgrade() -> None:
    op.drop_table("payments_idempotency_key")
    op.drop_table("payments_capture")
    op.drop_table("payments_intent")
