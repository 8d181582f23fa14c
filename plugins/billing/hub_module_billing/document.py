"""How an invoice is worded on paper. Plain functions, so that the template only places what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from . import money
from .config import Settings
from .models import Invoice, InvoiceStatus
from .schemas.customers import BilledTo


def day(value: date) -> str:
    """``20 November 2026``: read the same way in every country."""
    return f"{value.day} {value:%B} {value.year}"


def amount(minor: int, currency: str) -> str:
    """The amount as ``money.shown`` gives it, with a minus sign as wide as a digit."""
    return money.shown(minor, currency).replace("-", "\N{MINUS SIGN}")


def plain(value: Decimal) -> str:
    """``2.5``: a decimal without trailing zeros."""
    return f"{value.normalize():,f}".replace("-", "\N{MINUS SIGN}")


def percent(rate: Decimal) -> str:
    """``19 %``, ``8.875 %``."""
    return f"{plain(rate * 100)}\N{NO-BREAK SPACE}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentState:
    """What is owed, as one sentence; ``tone`` chooses its look."""

    tone: str
    text: str


def payment_state(invoice: Invoice, today: date) -> PaymentState:
    """Say what the customer has to do, if anything."""
    total = f"{invoice.currency}\N{NO-BREAK SPACE}{money.shown(invoice.total_minor, invoice.currency)}"
    if invoice.status is InvoiceStatus.DRAFT:
        return PaymentState(tone="draft", text="This is a draft. Nothing is owed until it is issued.")
    if invoice.status is InvoiceStatus.PAID:
        return PaymentState(tone="paid", text=f"Paid on {day(_date(invoice.paid_at))}. Thank you.")
    if invoice.status is InvoiceStatus.VOID:
        return PaymentState(tone="void", text=f"Void since {day(_date(invoice.voided_at))}. Nothing is owed.")
    if invoice.total_minor == 0:
        return PaymentState(tone="due", text="Nothing is owed.")
    assert invoice.due_on is not None
    if is_overdue(invoice, today):
        return PaymentState(tone="overdue", text=f"{total} was due on {day(invoice.due_on)}. Please pay now.")
    return PaymentState(tone="due", text=f"Please pay {total} by {day(invoice.due_on)}.")


def is_overdue(invoice: Invoice, today: date) -> bool:
    """Whether the due date has passed without payment."""
    return invoice.status is InvoiceStatus.ISSUED and invoice.due_on is not None and invoice.due_on < today


def document(invoice: Invoice, settings: Settings, *, today: date) -> Mapping[str, Any]:
    """What the template of an invoice places. A draft shows seller and customer of today, an issued one its copies."""
    is_draft = invoice.status is InvoiceStatus.DRAFT
    seller = (settings.seller.model_dump() if settings.seller else None) if is_draft else invoice.seller
    return {
        "invoice": invoice,
        "seller": seller,
        "customer": BilledTo.model_validate(invoice.customer).model_dump() if is_draft else invoice.billed_to,
        "last_day": invoice.period_end - timedelta(days=1) if invoice.period_end else None,
        "state": payment_state(invoice, today),
        "amount": partial(amount, currency=invoice.currency),
        "day": day,
        "percent": percent,
        "plain": plain,
    }


def _date(moment: datetime | None) -> date:
    assert moment is not None, "paid and void invoices carry the moment they became so"
    return moment.astimezone(UTC).date()
