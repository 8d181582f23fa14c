"""How often a customer was reminded, by itself and beside the invoice."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field


class Dunning(BaseModel):
    level: int = Field(description="How often the customer was reminded; 0 for never")
    last_reminded_at: datetime | None


class DunningFields(BaseModel):
    """What an invoice of billing gets."""

    dunning: Dunning


class RemindedInvoice(DunningFields):
    """An invoice in the lists of this module."""

    id: UUID
    number: str | None
    status: str
    currency: str
    total_minor: int
    due_on: date | None
