"""Bodies of the invoice routes."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field, computed_field

from .. import money
from ..config import Currency, Seller, TaxRate
from ..models import InvoiceStatus
from .customers import BilledTo
from .text import Answered, Description, Gateway, Minor, Note, PlainDecimal, Quantity, Received, Unit


class LineContent(Received):
    description: Description
    quantity: Quantity = Decimal(1)
    unit: Unit = Field(default="", description="What is counted: h, pcs, month", examples=["h"])
    unit_price_minor: Minor
    tax_rate: TaxRate | None = Field(default=None, description="The setting `tax_rate` when left out")


class InvoiceContent(Received):
    customer_id: UUID
    currency: Currency | None = Field(default=None, description="Of all lines; the setting `currency` when left out")
    note: Note = ""
    lines: list[LineContent] = Field(default=[], max_length=200)


class LineAnswer(Answered):
    description: str
    quantity: PlainDecimal
    unit: str
    unit_price_minor: int
    tax_rate: PlainDecimal
    net_minor: int


class TaxAnswer(Answered):
    tax_rate: PlainDecimal
    net_minor: int
    tax_minor: int


class PaymentAnswer(Answered):
    attempt: int
    gateway: str
    intent_id: UUID
    status: str
    failure: str | None
    created_at: datetime


class InvoiceSummary(Answered):
    id: UUID
    number: str | None = Field(description="Drawn when the invoice is issued; null before")
    status: InvoiceStatus
    customer_id: UUID
    customer_name: str
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_on: date | None
    due_on: date | None
    subscription_id: UUID | None
    period_start: date | None
    period_end: date | None = Field(description="The first day after the period")
    created_at: datetime

    @computed_field(description="How many decimals the currency has")  # type: ignore[prop-decorator]
    @property
    def exponent(self) -> int:
        return money.exponent(self.currency)


class InvoiceAnswer(InvoiceSummary):
    note: str
    lines: list[LineAnswer]
    taxes: list[TaxAnswer]
    seller: Seller | None = Field(description="As it was when the invoice was issued")
    billed_to: BilledTo | None = Field(description="The customer as it was when the invoice was issued")
    payments: list[PaymentAnswer]
    paid_at: datetime | None
    voided_at: datetime | None


class InvoicePage(Answered):
    items: list[InvoiceSummary]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last one")


class PaymentContent(Received):
    gateway: Gateway | None = Field(
        default=None, description="A gateway of the module payments, such as manual; its default when left out"
    )
