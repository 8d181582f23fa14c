"""Plans and subscriptions; an invoice may belong to one period of a subscription, and a period to one invoice."""

from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "billing_0002"
down_revision = "billing_0001"
branch_labels = None
depends_on = None

INVOICE_CHECKS = (
    sa.CheckConstraint("status IN ('draft', 'issued', 'paid', 'void')", name="ck_billing_invoices_status"),
    sa.CheckConstraint("(number IS NULL) = (status = 'draft')", name="ck_billing_invoices_numbered_when_issued"),
)
"""Repeated for SQLite: its tables are rebuilt from what reflection finds, and reflection finds no checks."""


def exact_decimal(precision: int, scale: int) -> sa.Numeric[Decimal]:
    """NUMERIC, but text on SQLite, where NUMERIC would be a binary float."""
    return sa.Numeric(precision, scale).with_variant(sa.String(precision + 2), "sqlite")


def tenant() -> sa.Column[str]:
    return sa.Column("tenant_id", sa.String(63), server_default="default", nullable=False)


def upgrade() -> None:
    op.create_table(
        "billing_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        tenant(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("interval", sa.String(5), nullable=False),
        sa.Column("tax_rate", exact_decimal(6, 5), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_plans"),
        sa.CheckConstraint("interval IN ('month', 'year')", name="ck_billing_plans_interval"),
    )
    op.create_table(
        "billing_subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        tenant(),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", exact_decimal(10, 4), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_subscriptions"),
        sa.ForeignKeyConstraint(["customer_id"], ["billing_customers.id"], name="fk_billing_subscriptions_customer_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["billing_plans.id"], name="fk_billing_subscriptions_plan_id"),
    )
    op.create_index(
        "ix_billing_subscriptions_tenant_id_customer_id", "billing_subscriptions", ["tenant_id", "customer_id"]
    )
    with op.batch_alter_table("billing_invoices", table_args=INVOICE_CHECKS) as invoices:
        invoices.add_column(sa.Column("subscription_id", sa.Uuid()))
        invoices.add_column(sa.Column("period_start", sa.Date()))
        invoices.add_column(sa.Column("period_end", sa.Date()))
        invoices.create_foreign_key(
            "fk_billing_invoices_subscription_id", "billing_subscriptions", ["subscription_id"], ["id"]
        )
        invoices.create_unique_constraint(
            "uq_billing_invoices_tenant_id_subscription_id_period_start",
            ["tenant_id", "subscription_id", "period_start"],
        )


def downgrade() -> None:
    with op.batch_alter_table("billing_invoices", table_args=INVOICE_CHECKS) as invoices:
        invoices.drop_constraint("uq_billing_invoices_tenant_id_subscription_id_period_start", type_="unique")
        invoices.drop_constraint("fk_billing_invoices_subscription_id", type_="foreignkey")
        for column in ("period_end", "period_start", "subscription_id"):
            invoices.drop_column(column)
    op.drop_table("billing_subscriptions")
    op.drop_table("billing_plans")
