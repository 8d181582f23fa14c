"""Bodies of the customer routes."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from ..config import Country
from .text import Answered, Email, Line, Received, VatId


class CustomerContent(Received):
    name: Line
    email: Email
    address: list[Line] = Field(min_length=1, max_length=6, description="Street, postcode and town, as on an envelope")
    country: Country
    vat_id: VatId = ""


class BilledTo(Answered):
    """The customer as named on an invoice."""

    name: str
    email: str
    address: list[str]
    country: str
    vat_id: str


class CustomerAnswer(BilledTo):
    id: UUID
    created_at: datetime


class CustomerPage(Answered):
    items: list[CustomerAnswer]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last one")
