"""Which invoices a list shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from ..models import Invoice, InvoiceStatus
from .keyset import Keyset, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    """All that is given must hold; both ends of a range belong to it."""

    status: Sequence[InvoiceStatus] = ()
    customer_id: UUID | None = None
    subscription_id: UUID | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool] | None] = [
            Invoice.status.in_(self.status) if self.status else None,
            Invoice.customer_id == self.customer_id if self.customer_id else None,
            Invoice.subscription_id == self.subscription_id if self.subscription_id else None,
            Invoice.issued_on >= self.issued_from if self.issued_from else None,
            Invoice.issued_on <= self.issued_to if self.issued_to else None,
            Invoice.due_on >= self.due_from if self.due_from else None,
            Invoice.due_on <= self.due_to if self.due_to else None,
        ]
        return [condition for condition in wanted if condition is not None]


async def page(session: AsyncSession, wanted: InvoiceFilter, keyset: Keyset) -> tuple[list[Invoice], UUID | None]:
    """One page of the invoices that fit, the newest first, without their lines."""
    statement = select(Invoice).where(*wanted.conditions()).options(selectinload(Invoice.customer))
    return await page_of(session, statement, Invoice.id, keyset)
