"""Collecting and voiding against gateways that answer at once, later, or not as hoped."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import anyio
import pytest
from hub_hookspecs import uuid7
from hub_module_billing.config import Settings
from hub_module_billing.exceptions import InvoiceMoveIllegal, PaymentMissing, PaymentOpen, PaymentSucceeded
from hub_module_billing.models import InvoiceStatus
from hub_module_billing.schemas.customers import CustomerContent
from hub_module_billing.schemas.invoices import InvoiceContent, LineContent
from hub_module_billing.services import collection, customers, invoices
from hub_module_payments.interface import GatewayAnswer, Intent, IntentStatus, Money

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class ScriptedPayments:
    """Payments whose gateway answers as told: the real one with a slow, foreign gateway behind it."""

    def __init__(self, answer: IntentStatus) -> None:
        self.answer = answer
        self.intents: dict[UUID, Intent] = {}
        self.keys: dict[str, UUID] = {}
        self.captures: list[str] = []

    async def create_intent(
        self, amount: Money, *, reference: str, idempotency_key: str, gateway: str | None = None, description: str = ""
    ) -> Intent:
        if idempotency_key not in self.keys:
            nothing = Money(minor=0, currency=amount.currency)
            intent = Intent(
                id=uuid7(), status=IntentStatus.CREATED, amount=amount, captured=nothing, refunded=nothing,
                gateway=gateway or "manual", reference=reference,
            )  # fmt: skip
            self.keys[idempotency_key] = intent.id
            self.intents[intent.id] = intent
        return self.intents[self.keys[idempotency_key]]

    async def capture(self, intent: UUID, *, idempotency_key: str) -> Intent:
        self.captures.append(idempotency_key)
        return self.set(intent, self.answer, "card declined" if self.answer is IntentStatus.FAILED else None)

    async def cancel(self, intent: UUID) -> Intent:
        return self.set(intent, IntentStatus.CANCELLED)

    async def settle(self, gateway: str, answer: GatewayAnswer) -> Intent:
        raise NotImplementedError

    async def intent(self, intent: UUID) -> Intent | None:
        return self.intents.get(intent)

    def set(self, intent: UUID, status: IntentStatus, failure: str | None = None) -> Intent:
        self.intents[intent] = replace(self.intents[intent], status=status, failure=failure)
        return self.intents[intent]

    def only(self) -> Intent:
        (intent,) = self.intents.values()
        return intent


async def issued(open_session: Any, price: int = 1000) -> UUID:
    async with open_session() as session:
        customer = await customers.add(
            session, CustomerContent(name="Ada", email="ada@example.org", address=["1 Main St"], country="DE"), now=NOW
        )
        lines = [LineContent(description="Work", unit_price_minor=price)]
        draft = await invoices.draft(session, InvoiceContent(customer_id=customer.id, lines=lines), Settings(), now=NOW)
        return (await invoices.issue(session, draft.id, Settings(), now=NOW)).id


async def call(open_session: Any, do: Any, invoice_id: UUID, payments: ScriptedPayments, **more: Any) -> Any:
    async with open_session() as session:
        return await do(session, invoice_id, payments, now=NOW, **more)


async def test_an_invoice_is_paid_when_the_gateway_has_the_money(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.SUCCEEDED)
    paid = await call(open_session, collection.collect, invoice_id, payments, gateway="manual")
    assert (paid.status, paid.paid_at) == (InvoiceStatus.PAID, NOW)
    intent = payments.only()
    assert (intent.amount, intent.reference) == (Money(minor=1190, currency="EUR"), f"billing.invoice/{invoice_id}")
    assert payments.captures == [f"billing.invoice/{invoice_id}/1"]


async def test_a_paid_invoice_takes_no_second_payment(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.SUCCEEDED)
    await call(open_session, collection.collect, invoice_id, payments, gateway="manual")
    with pytest.raises(InvoiceMoveIllegal) as raised:
        await call(open_session, collection.collect, invoice_id, payments, gateway="manual")
    assert raised.value.detail == "Invoice INV-2026-00001 is paid and cannot become paid: that is final"
    assert len(payments.captures) == 1


async def test_of_eight_who_collect_at_once_one_takes_the_money(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.SUCCEEDED)
    refused: list[InvoiceMoveIllegal] = []

    async def collect() -> None:
        try:
            await call(open_session, collection.collect, invoice_id, payments)
        except InvoiceMoveIllegal as error:
            refused.append(error)

    async with anyio.create_task_group() as callers:
        for _ in range(8):
            callers.start_soon(collect)
    assert (len(refused), len(payments.captures)) == (7, 1)


async def test_a_slow_payment_is_settled_later_and_settling_again_changes_nothing(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.PROCESSING)
    waiting = await call(open_session, collection.collect, invoice_id, payments, gateway="transfer")
    assert (waiting.status, waiting.payments[0].status) == (InvoiceStatus.ISSUED, "processing")
    for status in (InvoiceStatus.ISSUED, InvoiceStatus.ISSUED):
        assert (await call(open_session, collection.settle, invoice_id, payments)).status is status
    payments.set(payments.only().id, IntentStatus.SUCCEEDED)
    for _ in range(2):
        settled = await call(open_session, collection.settle, invoice_id, payments)
        assert (settled.status, settled.payments[0].status) == (InvoiceStatus.PAID, "succeeded")


async def test_asking_twice_while_a_payment_is_open_takes_the_money_once(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.PROCESSING)
    for _ in range(2):
        invoice = await call(open_session, collection.collect, invoice_id, payments, gateway="transfer")
    assert len(invoice.payments) == len(payments.intents) == len(payments.captures) == 1


async def test_another_gateway_waits_until_the_open_payment_has_ended(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.PROCESSING)
    await call(open_session, collection.collect, invoice_id, payments, gateway="transfer")
    with pytest.raises(PaymentOpen) as raised:
        await call(open_session, collection.collect, invoice_id, payments, gateway="card")
    assert raised.value.detail == (
        "Invoice INV-2026-00001 is being paid through transfer; "
        "POST …/settle to learn how that ended before trying another gateway"
    )


async def test_after_a_failed_payment_another_attempt_gets_a_key_of_its_own(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.FAILED)
    failed = await call(open_session, collection.collect, invoice_id, payments, gateway="card")
    assert (failed.status, failed.payments[0].failure) == (InvoiceStatus.ISSUED, "card declined")
    payments.answer = IntentStatus.SUCCEEDED
    paid = await call(open_session, collection.collect, invoice_id, payments, gateway="transfer")
    assert (paid.status, [each.status for each in paid.payments]) == (InvoiceStatus.PAID, ["failed", "succeeded"])
    assert payments.captures == [f"billing.invoice/{invoice_id}/{attempt}" for attempt in (1, 2)]


async def test_voiding_gives_up_the_open_payment_and_keeps_the_number(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.PROCESSING)
    await call(open_session, collection.collect, invoice_id, payments, gateway="transfer")
    void = await call(open_session, collection.void, invoice_id, payments)
    assert (void.status, void.number, void.voided_at) == (InvoiceStatus.VOID, "INV-2026-00001", NOW)
    assert payments.only().status is IntentStatus.CANCELLED
    assert void.payments[0].status == "cancelled"


async def test_an_invoice_whose_money_has_arrived_is_not_voided(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.PROCESSING)
    await call(open_session, collection.collect, invoice_id, payments, gateway="transfer")
    payments.set(payments.only().id, IntentStatus.SUCCEEDED)
    with pytest.raises(PaymentSucceeded) as raised:
        await call(open_session, collection.void, invoice_id, payments)
    assert raised.value.detail == (
        "Invoice INV-2026-00001 cannot be voided, its payment has succeeded; POST …/settle to mark it paid"
    )


async def test_an_intent_that_payments_lost_is_reported(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.PROCESSING)
    await call(open_session, collection.collect, invoice_id, payments, gateway="transfer")
    lost = payments.only().id
    payments.intents.clear()
    with pytest.raises(PaymentMissing) as raised:
        await call(open_session, collection.settle, invoice_id, payments)
    assert raised.value.detail == (
        f"Invoice INV-2026-00001 is being paid with intent {lost}, which payments does not know; restore its data"
    )


async def test_without_a_gateway_the_one_payments_chose_is_noted(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.SUCCEEDED)
    paid = await call(open_session, collection.collect, invoice_id, payments)
    assert [each.gateway for each in paid.payments] == ["manual"]


async def test_an_invoice_over_nothing_is_paid_without_asking_a_gateway(open_session: Any) -> None:
    invoice_id, payments = await issued(open_session, price=0), ScriptedPayments(IntentStatus.FAILED)
    paid = await call(open_session, collection.collect, invoice_id, payments, gateway="card")
    assert (paid.status, payments.intents) == (InvoiceStatus.PAID, {})


@pytest.mark.parametrize("do", [collection.collect, collection.void])
async def test_a_void_invoice_is_final(open_session: Any, do: Any) -> None:
    invoice_id, payments = await issued(open_session), ScriptedPayments(IntentStatus.SUCCEEDED)
    await call(open_session, collection.void, invoice_id, payments)
    more = {"gateway": "manual"} if do is collection.collect else {}
    with pytest.raises(InvoiceMoveIllegal, match=r"is void and cannot become (paid|void): that is final"):
        await call(open_session, do, invoice_id, payments, **more)
