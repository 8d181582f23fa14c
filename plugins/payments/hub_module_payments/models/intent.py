"""What somebody means to pay."""

from datetime import UTC, datetime
from uuid import UUID

from hub_hookspecs import uuid7
from hub_hookspecs.database import TenantScoped, UtcDateTime
from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ..interface import Intent, IntentStatus, Money
from ..transitions import moved
from .declarative import Base, StatusType


class PaymentIntent(TenantScoped, Base):
    """An intent and its sums. The database itself refuses to take or return too much."""

    __tablename__ = "payments_intent"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("captured_minor >= 0 AND captured_minor <= amount_minor", name="captured_within_amount"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= captured_minor", name="refunded_within_captured"),
        Index(None, "status", "id"),
        Index(None, "currency", "id"),
        Index(None, "reference", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    status: Mapped[IntentStatus] = mapped_column(StatusType, default=IntentStatus.CREATED)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    captured_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    currency: Mapped[str] = mapped_column(String(3))
    gateway: Mapped[str] = mapped_column(String(63))
    reference: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(String(500), default="")
    failure: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))

    @property
    def refundable_minor(self) -> int:
        """What was taken and neither returned nor on its way back."""
        return self.captured_minor - self.refunded_minor

    def money(self, minor: int) -> Money:
        """``minor`` units of this intent's currency."""
        return Money(minor=minor, currency=self.currency)

    def move(self, wanted: IntentStatus) -> None:
        """Go to another status, if the table of transitions has the move."""
        self.status = moved(self.id, self.status, wanted)
        self.touch()

    def touch(self) -> None:
        """Note that the intent changed now."""
        self.updated_at = datetime.now(UTC)

    def as_intent(self) -> Intent:
        """The value other modules see."""
        return Intent(
            id=self.id,
            status=self.status,
            amount=self.money(self.amount_minor),
            captured=self.money(self.captured_minor),
            refunded=self.money(self.refunded_minor),
            gateway=self.gateway,
            reference=self.reference,
            failure=self.failure,
        )
