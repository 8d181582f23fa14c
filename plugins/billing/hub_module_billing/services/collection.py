"""Collecting an issued invoice through the module payments, and voiding one.

Payments works in this transaction: an intent and the invoice it pays for are kept together or not at all. The gateway
outside is reached with keys made of the invoice and the attempt, so that a repeated request takes the money once.
"""

from datetime import datetime
from uuid import UUID

from hub_module_payments.interface import Intent, IntentStatus, Money, Payments
from sqlalchemy.ext.asyncio import AsyncSession

from ..exceptions import PaymentMissing, PaymentOpen, PaymentSucceeded
from ..models import Invoice, InvoicePayment, InvoiceStatus
from .invoices import check_move, find

OPEN = (IntentStatus.CREATED, IntentStatus.PROCESSING)


async def collect(
    session: AsyncSession, invoice_id: UUID, payments: Payments, *, gateway: str | None = None, now: datetime
) -> Invoice:
    """Take the total through ``gateway``, or the one in the settings of payments. The invoice is paid when the money is there, which may be later: ``settle``."""
    invoice = await find(session, invoice_id, lock=True)
    check_move(invoice, InvoiceStatus.PAID)
    if invoice.total_minor == 0:
        _mark_paid(invoice, now)
        return invoice
    payment = _open_payment(invoice)
    if payment is not None and gateway not in (None, payment.gateway):
        raise PaymentOpen(invoice.called, payment.gateway)
    if payment is None:
        payment = await _new_attempt(invoice, payments, gateway, now)
    intent = await _read(payments, invoice, payment)
    if intent.status is IntentStatus.CREATED:
        intent = await payments.capture(intent.id, idempotency_key=_key(invoice, payment.attempt))
    _note(invoice, payment, intent, now)
    await session.flush()
    return invoice


async def settle(session: AsyncSession, invoice_id: UUID, payments: Payments, *, now: datetime) -> Invoice:
    """Read again how an open payment stands. Changes nothing when there is none, so it may be called any time."""
    invoice = await find(session, invoice_id, lock=True)
    payment = _open_payment(invoice)
    if payment is not None and invoice.status is InvoiceStatus.ISSUED:
        _note(invoice, payment, await _read(payments, invoice, payment), now)
        await session.flush()
    return invoice


async def void(session: AsyncSession, invoice_id: UUID, payments: Payments, *, now: datetime) -> Invoice:
    """Take back an issued invoice, which keeps its number, and give up its open payment."""
    invoice = await find(session, invoice_id, lock=True)
    check_move(invoice, InvoiceStatus.VOID)
    payment = _open_payment(invoice)
    if payment is not None:
        intent = await _read(payments, invoice, payment)
        if intent.status is IntentStatus.SUCCEEDED:
            raise PaymentSucceeded(invoice.called)
        if intent.status in OPEN:
            intent = await payments.cancel(intent.id)
        _note(invoice, payment, intent, now)
    invoice.status, invoice.voided_at = InvoiceStatus.VOID, now
    await session.flush()
    return invoice


def _open_payment(invoice: Invoice) -> InvoicePayment | None:
    return next((each for each in invoice.payments if each.status in OPEN), None)


def _key(invoice: Invoice, attempt: int) -> str:
    return f"billing.invoice/{invoice.id}/{attempt}"


async def _new_attempt(invoice: Invoice, payments: Payments, gateway: str | None, now: datetime) -> InvoicePayment:
    attempt = len(invoice.payments) + 1
    intent = await payments.create_intent(
        Money(minor=invoice.total_minor, currency=invoice.currency),
        reference=f"billing.invoice/{invoice.id}",
        idempotency_key=_key(invoice, attempt),
        gateway=gateway,
        description=invoice.called,
    )
    payment = InvoicePayment(
        attempt=attempt, gateway=intent.gateway, intent_id=intent.id, status=intent.status, created_at=now
    )
    invoice.payments.append(payment)
    return payment


async def _read(payments: Payments, invoice: Invoice, payment: InvoicePayment) -> Intent:
    intent = await payments.intent(payment.intent_id)
    if intent is None:
        raise PaymentMissing(invoice.called, payment.intent_id)
    return intent


def _note(invoice: Invoice, payment: InvoicePayment, intent: Intent, now: datetime) -> None:
    payment.status, payment.failure = intent.status.value, intent.failure and intent.failure[:500]
    if intent.status is IntentStatus.SUCCEEDED:
        _mark_paid(invoice, now)


def _mark_paid(invoice: Invoice, now: datetime) -> None:
    invoice.status, invoice.paid_at = InvoiceStatus.PAID, now
