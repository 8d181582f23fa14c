"""Attempts to collect an invoice, each one intent of the module payments."""

from datetime import datetime
from uuid import UUID

from hub_hookspecs import uuid7
from hub_hookspecs.database import TenantScoped, UtcDateTime
from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class InvoicePayment(TenantScoped, Base):
    """``intent_id`` belongs to payments, so it is no foreign key; ``status`` is the intent's when it was last read."""

    __tablename__ = "billing_invoice_payments"
    __table_args__ = (UniqueConstraint("tenant_id", "invoice_id", "attempt"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("billing_invoices.id", ondelete="CASCADE"))
    attempt: Mapped[int] = mapped_column(Integer)
    gateway: Mapped[str] = mapped_column(String(63))
    intent_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(10))
    failure: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
