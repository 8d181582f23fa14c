"""Money that moved through a gateway: captures take it, refunds return it."""

from datetime import UTC, datetime
from uuid import UUID

from hub_hookspecs import uuid7
from hub_hookspecs.database import TenantScoped, UtcDateTime
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..interface import IntentStatus
from .declarative import Base, StatusType


class Movement(TenantScoped):
    """What captures and refunds have in common; ``gateway_transaction`` is the gateway's own name for one."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    intent_id: Mapped[UUID] = mapped_column(ForeignKey("payments_intent.id"), index=True)
    status: Mapped[IntentStatus] = mapped_column(StatusType)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    gateway: Mapped[str] = mapped_column(String(63))
    gateway_transaction: Mapped[str] = mapped_column(String(255), index=True)
    failure: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))


class Capture(Movement, Base):
    """One try to take the money of an intent."""

    __tablename__ = "payments_capture"
    __table_args__ = (
        UniqueConstraint("tenant_id", "gateway", "gateway_transaction"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )


class Refund(Movement, Base):
    """Money on its way back, the whole of a capture or a part of it."""

    __tablename__ = "payments_refund"
    __table_args__ = (
        UniqueConstraint("tenant_id", "gateway", "gateway_transaction"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    reason: Mapped[str] = mapped_column(String(500), default="")
