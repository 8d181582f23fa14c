"""Remind of invoices, and tell which were reminded of. Invoices come from billing; the level is a field of theirs here."""

from datetime import date, datetime

from hub_hookspecs.extensible import load_extensions
from hub_module_billing.interface import Invoice, Invoices
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..config import Settings
from ..exceptions import HighestLevelReached, InvoiceNotOverdue
from ..models import InvoiceReminder
from ..schemas import Dunning, RemindedInvoice


async def remind(invoice: Invoice, settings: Settings, *, now: datetime) -> Dunning:
    """Raise the level of an invoice, which nobody else changes meanwhile."""
    if invoice.status != "issued" or invoice.due_on is None or invoice.due_on >= now.date():
        raise InvoiceNotOverdue(invoice.called, invoice.status, invoice.due_on)
    await load_extensions(invoice)
    fields = invoice.extensions.of(InvoiceReminder)
    if fields.dunning_level >= settings.highest_level:
        raise HighestLevelReached(invoice.called, fields.dunning_level)
    fields.dunning_level += 1
    fields.last_reminded_at = now
    return dunning(invoice)


async def overdue(invoices: Invoices, on: date, *, limit: int) -> list[RemindedInvoice]:
    """The overdue invoices of billing with their levels, in two queries however many there are."""
    found = await invoices.overdue(on, limit=limit)
    await load_extensions(*found)
    return [_shown(invoice) for invoice in found]


async def reminded(session: AsyncSession, invoices: Invoices, *, level: int, limit: int) -> list[RemindedInvoice]:
    """The invoices of at least this level, the highest first: filtered and sorted here, since the level is here."""
    statement = select(InvoiceReminder.invoice_id).where(InvoiceReminder.dunning_level >= level)
    order = (InvoiceReminder.dunning_level.desc(), InvoiceReminder.last_reminded_at, InvoiceReminder.invoice_id)
    found = await invoices.find_all((await session.scalars(statement.order_by(*order).limit(limit))).all())
    await load_extensions(*found)
    return [_shown(invoice) for invoice in found]


def dunning(invoice: Invoice) -> Dunning:
    """The fields of one invoice, which were loaded."""
    fields = invoice.extensions.of(InvoiceReminder)
    return Dunning(level=fields.dunning_level, last_reminded_at=fields.last_reminded_at)


def _shown(invoice: Invoice) -> RemindedInvoice:
    return RemindedInvoice(
        id=invoice.id,
        number=invoice.number,
        status=invoice.status,
        currency=invoice.currency,
        total_minor=invoice.total_minor,
        due_on=invoice.due_on,
        dunning=dunning(invoice),
    )
