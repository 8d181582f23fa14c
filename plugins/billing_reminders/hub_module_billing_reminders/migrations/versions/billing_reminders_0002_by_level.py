"""Invoices are found by their level."""

from alembic import op

revision = "billing_reminders_0002"
down_revision = "billing_reminders_0001"
branch_labels = None
depends_on = None
safe_downgrade = True


def upgrade() -> None:
    op.create_index(
        "ix_billing_reminders_invoice_tenant_id_dunning_level",
        "billing_reminders_invoice",
        ["tenant_id", "dunning_level"],
    )


def downgrade() -> None:
    op.drop_index("ix_billing_reminders_invoice_tenant_id_dunning_level", "billing_reminders_invoice")
