"""Customers, invoices with lines and taxes, and the counters of invoice numbers."""

from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "billing_0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT = 63


def exact_decimal(precision: int, scale: int) -> sa.Numeric[Decimal]:
    """NUMERIC, but text on SQLite, where NUMERIC would be a binary float."""
    return sa.Numeric(precision, scale).with_variant(sa.String(precision + 2), "sqlite")


def tenant() -> sa.Column[str]:
    return sa.Column("tenant_id", sa.String(TENANT), server_default="default", nullable=False)


def upgrade() -> None:
    op.create_table(
        "billing_customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        tenant(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("vat_id", sa.String(30), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_customers"),
    )
    op.create_table(
        "billing_number_series",
        tenant(),
        sa.Column("prefix", sa.String(20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "prefix", "year", name="pk_billing_number_series"),
    )
    op.create_table(
        "billing_invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        tenant(),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(6), nullable=False),
        sa.Column("number", sa.String(40)),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("note", sa.String(2000), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("seller", sa.JSON()),
        sa.Column("billed_to", sa.JSON()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_billing_invoices"),
        sa.ForeignKeyConstraint(["customer_id"], ["billing_customers.id"], name="fk_billing_invoices_customer_id"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_billing_invoices_tenant_id_number"),
        sa.CheckConstraint("status IN ('draft', 'issued', 'paid', 'void')", name="ck_billing_invoices_status"),
        sa.CheckConstraint("(number IS NULL) = (status = 'draft')", name="ck_billing_invoices_numbered_when_issued"),
    )
    for columns in (("status", "id"), ("customer_id", "id"), ("issued_on",), ("due_on",)):
        name = "_".join(("ix_billing_invoices_tenant_id", *columns))
        op.create_index(name, "billing_invoices", ["tenant_id", *columns])
    op.create_table(
        "billing_invoice_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        tenant(),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("quantity", exact_decimal(10, 4), nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", exact_decimal(6, 5), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_invoice_lines"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["billing_invoices.id"], name="fk_billing_invoice_lines_invoice_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "tenant_id", "invoice_id", "position", name="uq_billing_invoice_lines_tenant_id_invoice_id_position"
        ),
    )
    op.create_table(
        "billing_invoice_taxes",
        sa.Column("id", sa.Uuid(), nullable=False),
        tenant(),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("tax_rate", exact_decimal(6, 5), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_invoice_taxes"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["billing_invoices.id"], name="fk_billing_invoice_taxes_invoice_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "tenant_id", "invoice_id", "tax_rate", name="uq_billing_invoice_taxes_tenant_id_invoice_id_tax_rate"
        ),
    )


def downgrade() -> None:
    for table in ("invoice_taxes", "invoice_lines", "invoices", "number_series", "customers"):
        op.drop_table(f"billing_{table}")
