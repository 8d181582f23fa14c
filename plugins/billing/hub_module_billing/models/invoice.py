"""Invoices with their lines and the tax per rate, kept as they were computed."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from hub_hookspecs import uuid7
from hub_hookspecs.database import TenantScoped, UtcDateTime
from hub_hookspecs.extensible import Extensible
from sqlalchemy import JSON, BigInteger, CheckConstraint, Enum, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, ExactDecimal
from .customer import Customer
from .invoice_payment import InvoicePayment


class InvoiceStatus(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    VOID = "void"


MOVES: Final = {
    InvoiceStatus.DRAFT: (InvoiceStatus.ISSUED,),
    InvoiceStatus.ISSUED: (InvoiceStatus.PAID, InvoiceStatus.VOID),
    InvoiceStatus.PAID: (),
    InvoiceStatus.VOID: (),
}
"""Which status may follow which. Everything else is refused."""


class Invoice(Extensible, TenantScoped, Base):
    """A draft has no number; whoever is issued has one for ever. ``seller`` and ``billed_to`` are copies made at issue.

    Other modules add fields to it, as ``billing.Invoice``.
    """

    __tablename__ = "billing_invoices"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "subscription_id", "period_start"),
        CheckConstraint("status IN ('draft', 'issued', 'paid', 'void')", name="status"),
        CheckConstraint("(number IS NULL) = (status = 'draft')", name="numbered_when_issued"),
        Index(None, "tenant_id", "status", "id"),
        Index(None, "tenant_id", "customer_id", "id"),
        Index(None, "tenant_id", "issued_on"),
        Index(None, "tenant_id", "due_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("billing_customers.id"))
    subscription_id: Mapped[UUID | None] = mapped_column(ForeignKey("billing_subscriptions.id"))
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    status: Mapped[InvoiceStatus] = mapped_column(
        Enum(
            InvoiceStatus,
            native_enum=False,
            length=6,
            values_callable=lambda statuses: [each.value for each in statuses],
        )
    )
    number: Mapped[str | None] = mapped_column(String(40))
    currency: Mapped[str] = mapped_column(String(3))
    note: Mapped[str] = mapped_column(String(2000))
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    seller: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    billed_to: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship(lazy="raise")
    lines: Mapped[list["InvoiceLine"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="InvoiceLine.position"
    )
    taxes: Mapped[list["InvoiceTax"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="InvoiceTax.tax_rate.desc()"
    )
    payments: Mapped[list[InvoicePayment]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by=InvoicePayment.attempt
    )

    @property
    def customer_name(self) -> str:
        """The name on the invoice: for a draft the customer's of today."""
        return str(self.billed_to["name"]) if self.billed_to else self.customer.name

    @property
    def called(self) -> str:
        """What messages call it."""
        return f"Invoice {self.number}" if self.number else f"Draft invoice {self.id}"


class InvoiceLine(TenantScoped, Base):
    __tablename__ = "billing_invoice_lines"
    __table_args__ = (UniqueConstraint("tenant_id", "invoice_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("billing_invoices.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    description: Mapped[str] = mapped_column(String(500))
    quantity: Mapped[Decimal] = mapped_column(ExactDecimal(10, 4))
    unit: Mapped[str] = mapped_column(String(20))
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    tax_rate: Mapped[Decimal] = mapped_column(ExactDecimal(6, 5))
    net_minor: Mapped[int] = mapped_column(BigInteger)


class InvoiceTax(TenantScoped, Base):
    """The tax of one rate, on the sum of that rate's lines."""

    __tablename__ = "billing_invoice_taxes"
    __table_args__ = (UniqueConstraint("tenant_id", "invoice_id", "tax_rate"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("billing_invoices.id", ondelete="CASCADE"))
    tax_rate: Mapped[Decimal] = mapped_column(ExactDecimal(6, 5))
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
