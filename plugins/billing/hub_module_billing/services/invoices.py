"""The life of an invoice up to its issue; collecting and voiding are in ``collection.py``."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from .. import money
from ..config import Settings
from ..exceptions import InvoiceEmpty, InvoiceMoveIllegal, InvoiceNotDraft, InvoiceNotFound, InvoiceTotalNegative
from ..models import Customer, Invoice, InvoiceLine, InvoiceStatus, InvoiceTax
from ..models.invoice import MOVES
from ..schemas.customers import BilledTo
from ..schemas.invoices import InvoiceContent, LineContent
from ..totals import line_net, totals
from . import customers
from .numbering import draw_number


async def find(session: AsyncSession, invoice_id: UUID, *, lock: bool = False) -> Invoice:
    """The invoice with all that belongs to it; ``lock`` it before changing it, so that one of two callers waits."""
    statement = select(Invoice).where(Invoice.id == invoice_id)
    statement = statement.options(
        selectinload(Invoice.customer),
        selectinload(Invoice.lines),
        selectinload(Invoice.taxes),
        selectinload(Invoice.payments),
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    invoice = (await session.scalars(statement)).one_or_none()
    if invoice is None:
        raise InvoiceNotFound(invoice_id)
    return invoice


def new_draft(customer: Customer, currency: str, *, note: str = "", now: datetime) -> Invoice:
    """An empty draft."""
    return Invoice(
        customer=customer, status=InvoiceStatus.DRAFT, currency=currency, note=note, created_at=now,
        net_minor=0, tax_minor=0, total_minor=0, lines=[], taxes=[], payments=[],
    )  # fmt: skip


async def draft(session: AsyncSession, content: InvoiceContent, settings: Settings, *, now: datetime) -> Invoice:
    customer = await customers.find(session, content.customer_id)
    invoice = new_draft(customer, content.currency or settings.currency, note=content.note, now=now)
    session.add(invoice)
    set_lines(invoice, (_line(each, settings) for each in content.lines))
    await session.flush()
    return invoice


async def change(session: AsyncSession, invoice_id: UUID, content: InvoiceContent, settings: Settings) -> Invoice:
    """Replace what a draft says."""
    invoice = await _find_draft(session, invoice_id)
    invoice.customer = await customers.find(session, content.customer_id)
    invoice.currency, invoice.note = content.currency or settings.currency, content.note
    invoice.lines, invoice.taxes = [], []
    await session.flush()  # the old rows go before new ones take their positions
    set_lines(invoice, (_line(each, settings) for each in content.lines))
    await session.flush()
    return invoice


async def discard(session: AsyncSession, invoice_id: UUID) -> None:
    """Delete a draft; it never had a number, so none is lost."""
    await session.delete(await _find_draft(session, invoice_id))


def set_lines(invoice: Invoice, lines: Iterable[InvoiceLine]) -> None:
    """Give the invoice its lines and add it up."""
    invoice.lines = list(lines)
    for position, line in enumerate(invoice.lines, start=1):
        line.position, line.net_minor = position, line_net(line.quantity, line.unit_price_minor)
    sums = totals((line.tax_rate, line.net_minor) for line in invoice.lines)
    invoice.taxes = [
        InvoiceTax(tax_rate=each.tax_rate, net_minor=each.net_minor, tax_minor=each.tax_minor) for each in sums.taxes
    ]
    invoice.net_minor, invoice.tax_minor, invoice.total_minor = sums.net_minor, sums.tax_minor, sums.total_minor


async def issue(session: AsyncSession, invoice_id: UUID, settings: Settings, *, now: datetime) -> Invoice:
    """Fix the draft's content, copy who sells and who buys, and draw its number as the last thing that can wait."""
    invoice = await find(session, invoice_id, lock=True)
    check_move(invoice, InvoiceStatus.ISSUED)
    if not invoice.lines:
        raise InvoiceEmpty(invoice.called)
    if invoice.total_minor < 0:
        raise InvoiceTotalNegative(
            invoice.called, f"{money.shown(invoice.total_minor, invoice.currency)} {invoice.currency}"
        )
    today = now.date()
    number = await draw_number(session, tenant_id=invoice.tenant_id, prefix=settings.invoice_prefix, year=today.year)
    invoice.number, invoice.status = number, InvoiceStatus.ISSUED
    invoice.issued_on, invoice.due_on = today, today + timedelta(days=settings.payment_days)
    invoice.seller = settings.seller.model_dump(mode="json") if settings.seller else None
    invoice.billed_to = BilledTo.model_validate(invoice.customer).model_dump(mode="json")
    await session.flush()
    return invoice


def check_move(invoice: Invoice, to: InvoiceStatus) -> None:
    """Refuse what the table of moves does not allow."""
    allowed = MOVES[invoice.status]
    if to not in allowed:
        raise InvoiceMoveIllegal(invoice.called, invoice.status, to, allowed)


async def _find_draft(session: AsyncSession, invoice_id: UUID) -> Invoice:
    invoice = await find(session, invoice_id, lock=True)
    if invoice.status is not InvoiceStatus.DRAFT:
        raise InvoiceNotDraft(invoice.called, invoice.status)
    return invoice


def _line(content: LineContent, settings: Settings) -> InvoiceLine:
    return InvoiceLine(
        description=content.description, quantity=content.quantity, unit=content.unit,
        unit_price_minor=content.unit_price_minor,
        tax_rate=settings.tax_rate if content.tax_rate is None else content.tax_rate,
    )  # fmt: skip
