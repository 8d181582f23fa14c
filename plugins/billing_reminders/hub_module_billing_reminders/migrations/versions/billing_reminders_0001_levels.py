"""The dunning level of each invoice that somebody was reminded of."""

import sqlalchemy as sa
from alembic import op

revision = "billing_reminders_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "billing_reminders_invoice",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.String(63), server_default="default", nullable=False),
        sa.Column("dunning_level", sa.Integer(), nullable=False),
        sa.Column("last_reminded_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("invoice_id", name="pk_billing_reminders_invoice"),
        sa.UniqueConstraint("tenant_id", "invoice_id", name="uq_billing_reminders_invoice_tenant_id_invoice_id"),
    )


def downgrade() -> None:
    op.drop_table("billing_reminders_invoice")
