"""Intents as the HTTP API takes and gives them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..interface import IntentStatus
from ..models import PaymentIntent
from .money import MoneyRead, MoneyWrite, Reference, Remark

GatewayName = Annotated[str, Field(min_length=1, max_length=63)]


class IntentCreate(BaseModel):
    """What is to be paid, and for what."""

    model_config = ConfigDict(extra="forbid")

    amount: MoneyWrite
    reference: Reference
    gateway: GatewayName | None = None
    description: Remark = ""


class IntentRead(BaseModel):
    """An intent; amounts are in minor units of its currency."""

    id: UUID
    status: IntentStatus
    amount: MoneyRead
    captured: MoneyRead
    refunded: MoneyRead
    gateway: str
    reference: str
    description: str
    failure: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, intent: PaymentIntent) -> Self:
        return cls(
            id=intent.id,
            status=intent.status,
            amount=MoneyRead.of(intent.money(intent.amount_minor)),
            captured=MoneyRead.of(intent.money(intent.captured_minor)),
            refunded=MoneyRead.of(intent.money(intent.refunded_minor)),
            gateway=intent.gateway,
            reference=intent.reference,
            description=intent.description,
            failure=intent.failure,
            created_at=intent.created_at,
            updated_at=intent.updated_at,
        )


class IntentFilter(BaseModel):
    """The query of the list: which intents, and which part of them, newest first."""

    model_config = ConfigDict(extra="forbid")

    status: IntentStatus | None = None
    currency: Annotated[str | None, Field(pattern="^[A-Z]{3}$")] = None
    reference: Reference | None = None
    after: UUID | None = Field(None, description="the `next` of the page before")
    limit: int = Field(50, ge=1, le=200)


class IntentPage(BaseModel):
    """One page of intents. Give ``next`` as ``after`` for the page that follows; ``null`` on the last."""

    items: list[IntentRead]
    next: UUID | None
