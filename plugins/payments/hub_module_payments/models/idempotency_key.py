"""Idempotency keys: which request a key stood for, and what was answered."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub_hookspecs import uuid7
from hub_hookspecs.database import TenantScoped, UtcDateTime
from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .declarative import Base


class IdempotencyKey(TenantScoped, Base):
    """One key of one operation. The row is written in the transaction of the work it stands for."""

    __tablename__ = "payments_idempotency_key"
    __table_args__ = (UniqueConstraint("tenant_id", "operation", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    operation: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))
