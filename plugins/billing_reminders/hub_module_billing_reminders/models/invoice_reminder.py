"""The fields that this module adds to invoices."""

from datetime import datetime
from uuid import UUID

from hub_hookspecs.database import TenantScoped, UtcDateTime
from sqlalchemy import Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .declarative import Base


class InvoiceReminder(TenantScoped, Base):
    """``invoice_id`` belongs to billing, so it is no foreign key. An invoice nobody was reminded of has no row."""

    __tablename__ = "billing_reminders_invoice"
    __table_args__ = (UniqueConstraint("tenant_id", "invoice_id"), Index(None, "tenant_id", "dunning_level"))

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    dunning_level: Mapped[int] = mapped_column(Integer, default=0)
    last_reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
