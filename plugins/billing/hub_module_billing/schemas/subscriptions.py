"""Bodies of the plan and subscription routes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from ..config import Currency, TaxRate
from ..money import LARGEST_MINOR
from ..periods import Interval
from .text import Answered, Line, PlainDecimal, Quantity, Received

Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2999, 12, 31))]


class PlanContent(Received):
    name: Line
    price_minor: int = Field(ge=0, le=LARGEST_MINOR, description="Per interval, net, in the currency's minor unit")
    currency: Currency | None = Field(default=None, description="The setting `currency` when left out")
    interval: Interval
    tax_rate: TaxRate | None = Field(default=None, description="The setting `tax_rate` when left out")


class PlanAnswer(Answered):
    id: UUID
    name: str
    price_minor: int
    currency: str
    interval: Interval
    tax_rate: PlainDecimal
    created_at: datetime


class PlanPage(Answered):
    items: list[PlanAnswer]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last one")


class SubscriptionContent(Received):
    customer_id: UUID
    plan_id: UUID
    quantity: Annotated[Quantity, Field(gt=0)] = Decimal(1)
    started_on: Day = Field(description="The first day of the first period")


class SubscriptionEnd(Received):
    ends_on: Day = Field(description="The last day; periods that begin later are not billed")


class SubscriptionAnswer(Answered):
    id: UUID
    customer_id: UUID
    plan_id: UUID
    quantity: PlainDecimal
    started_on: date
    ends_on: date | None
    created_at: datetime


class SubscriptionPage(Answered):
    items: list[SubscriptionAnswer]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last one")


class PeriodToBill(Received):
    period: Day = Field(description="Any day of the period; the invoice says when the period begins and ends")
