"""What is sold again every period, and to whom."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from hub_hookspecs import uuid7
from hub_hookspecs.database import TenantScoped, UtcDateTime
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, ExactDecimal


class Plan(TenantScoped, Base):
    __tablename__ = "billing_plans"
    __table_args__ = (CheckConstraint("interval IN ('month', 'year')", name="interval"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    interval: Mapped[str] = mapped_column(String(5))
    tax_rate: Mapped[Decimal] = mapped_column(ExactDecimal(6, 5))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Subscription(TenantScoped, Base):
    """``ends_on`` is its last day; ``None`` while it goes on."""

    __tablename__ = "billing_subscriptions"
    __table_args__ = (Index(None, "tenant_id", "customer_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("billing_customers.id"))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("billing_plans.id"))
    quantity: Mapped[Decimal] = mapped_column(ExactDecimal(10, 4))
    started_on: Mapped[date]
    ends_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    plan: Mapped[Plan] = relationship(lazy="raise")
