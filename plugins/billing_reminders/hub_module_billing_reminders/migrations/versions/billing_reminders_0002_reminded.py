"""When somebody was reminded last, and an index to find invoices by their level."""

import sqlalchemy as sa
from alembic import op

revision = "billing_reminders_0002"
down_revision = "billing_reminders_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("billing_reminders_invoice", sa.Column("last_reminded_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_billing_reminders_invoice_tenant_id_dunning_level",
        "billing_reminders_invoice",
        ["tenant_id", "dunning_level"],
    )


def downgrade() -> None:
    op.drop_index("ix_billing_reminders_invoice_tenant_id_dunning_level", "billing_reminders_invoice")
    op.drop_column("billing_reminders_invoice", "last_reminded_at")
