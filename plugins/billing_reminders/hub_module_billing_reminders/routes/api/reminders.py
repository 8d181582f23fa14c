"""Remind of an invoice, and list what was or should be reminded of."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from hub_hookspecs import service
from hub_hookspecs.web import Session, module_settings, requires
from hub_module_billing.interface import Invoices

from ...config import Settings
from ...schemas import Dunning, RemindedInvoice
from ...services import reminders

router = APIRouter(tags=["reminders"])

RemindersSettings = Annotated[Settings, Depends(module_settings)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many to return at most")]


@router.post("/invoices/{invoice_id}/reminders", dependencies=[requires("billing_reminders.reminder.send")])
async def remind(invoice_id: UUID, settings: RemindersSettings) -> Dunning:
    """Note that the customer was reminded: the level rises by one."""
    invoice = await service(Invoices).find(invoice_id, lock=True)
    return await reminders.remind(invoice, settings, now=datetime.now(UTC))


@router.get("/invoices", dependencies=[requires("billing_reminders.reminder.read")])
async def list_reminded(
    session: Session, level: Annotated[int, Query(ge=1)] = 1, limit: Limit = 50
) -> list[RemindedInvoice]:
    """List the invoices of at least this level, the highest first."""
    return await reminders.reminded(session, service(Invoices), level=level, limit=limit)


@router.get("/overdue", dependencies=[requires("billing_reminders.reminder.read")])
async def list_overdue(on: date | None = None, limit: Limit = 50) -> list[RemindedInvoice]:
    """List the invoices that were due before this day, by default today, the oldest first."""
    return await reminders.overdue(service(Invoices), on or datetime.now(UTC).date(), limit=limit)
