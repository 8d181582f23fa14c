"""Refunds, and on each intent the sum of them."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0002"
down_revision = "payments_0001"
branch_labels = None
depends_on = None

REFUNDED = "ck_payments_intent_refunded_within_captured"


def upgrade() -> None:
    with op.batch_alter_table("payments_intent") as intent:
        intent.add_column(sa.Column("refunded_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
        intent.create_check_constraint(op.f(REFUNDED), "refunded_minor >= 0 AND refunded_minor <= captured_minor")
    op.create_table(
        "payments_refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.String(63), nullable=False, server_default="default"),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.String(63), nullable=False),
        sa.Column("gateway_transaction", sa.String(255), nullable=False),
        sa.Column("failure", sa.String(500), nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payments_refund"),
        sa.ForeignKeyConstraint(["intent_id"], ["payments_intent.id"], name="fk_payments_refund_intent_id"),
        sa.UniqueConstraint(
            "tenant_id",
            "gateway",
            "gateway_transaction",
            name="uq_payments_refund_tenant_id_gateway_gateway_transaction",
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_refund_amount_positive")),
    )
    for column in ("intent_id", "gateway_transaction"):
        op.create_index(f"ix_payments_refund_{column}", "payments_refund", [column])


def downgrade() -> None:
    op.drop_table("payments_refund")
    with op.batch_alter_table("payments_intent") as intent:
        intent.drop_constraint(op.f(REFUNDED), type_="check")
        intent.drop_column("refunded_minor")
