"""Attempts to collect an invoice through the module payments, and when it was paid."""

import sqlalchemy as sa
from alembic import op

revision = "billing_0003"
down_revision = "billing_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "billing_invoice_payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.String(63), server_default="default", nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.String(63), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("failure", sa.String(500)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_invoice_payments"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["billing_invoices.id"], name="fk_billing_invoice_payments_invoice_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "tenant_id", "invoice_id", "attempt", name="uq_billing_invoice_payments_tenant_id_invoice_id_attempt"
        ),
    )
    op.add_column("billing_invoices", sa.Column("paid_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("billing_invoices", "paid_at")
    op.drop_table("billing_invoice_payments")
