"""Refunds and gateways as the HTTP API takes and gives them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..interface import IntentStatus
from ..models import PaymentIntent, Refund
from .money import Minor, MoneyRead, Remark


class RefundCreate(BaseModel):
    """How much to return."""

    model_config = ConfigDict(extra="forbid")

    amount_minor: Minor | None = Field(None, description="minor units; everything that is left when absent")
    reason: Remark = ""


class RefundRead(BaseModel):
    """Money that went back, is on its way (``processing``), or did not go (``failed``)."""

    id: UUID
    intent: UUID
    status: IntentStatus
    amount: MoneyRead
    reason: str
    failure: str | None
    created_at: datetime

    @classmethod
    def of(cls, refund: Refund, intent: PaymentIntent) -> Self:
        return cls(
            id=refund.id,
            intent=intent.id,
            status=refund.status,
            amount=MoneyRead.of(intent.money(refund.amount_minor)),
            reason=refund.reason,
            failure=refund.failure,
            created_at=refund.created_at,
        )


class RefundList(BaseModel):
    """All refunds of one intent, oldest first."""

    items: list[RefundRead]


class GatewayRead(BaseModel):
    """A gateway that intents may name."""

    name: str
    title: str
    default: bool


class GatewayList(BaseModel):
    """The gateways of this hub, by name."""

    items: list[GatewayRead]
