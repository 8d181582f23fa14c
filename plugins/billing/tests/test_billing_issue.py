"""Issuing: numbers, dates and the copies an invoice keeps. Services alone, so that the date can be chosen."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hub_module_billing.config import Seller, Settings
from hub_module_billing.exceptions import InvoiceEmpty, InvoiceMoveIllegal, InvoiceTotalNegative
from hub_module_billing.models import InvoiceStatus, NumberSeries
from hub_module_billing.models.invoice import MOVES
from hub_module_billing.schemas.customers import CustomerContent
from hub_module_billing.schemas.invoices import InvoiceContent, LineContent
from hub_module_billing.services import customers, invoices
from hub_module_billing.services.numbering import draw_number
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADA = CustomerContent(name="Ada", email="ada@example.org", address=["1 Main St"], country="DE", vat_id="DE1")
SELLER = Seller(name="Works", address=("2 Side St",), country="FR", vat_id="FR2")


class RolledBack(Exception):
    pass


async def drafted(open_session: Any, *lines: LineContent) -> UUID:
    async with open_session() as session:
        customer = await customers.add(session, ADA, now=NOW)
        content = InvoiceContent(customer_id=customer.id, lines=list(lines))
        return (await invoices.draft(session, content, Settings(), now=NOW)).id


def line(price: int = 1000) -> LineContent:
    return LineContent(description="Work", unit_price_minor=price)


async def issued(
    open_session: Any, *, settings: Settings | None = None, now: datetime = NOW, fails: bool = False
) -> Any:
    invoice_id = await drafted(open_session, line())
    async with open_session() as session:
        invoice = await invoices.issue(session, invoice_id, settings or Settings(), now=now)
        if fails:
            raise RolledBack
    return invoice


async def test_numbers_follow_each_other_and_begin_again_with_prefix_and_year(open_session: Any) -> None:
    other = Settings(invoice_prefix="R/")
    next_year = datetime(2027, 1, 1, tzinfo=UTC)
    numbers = [
        (await issued(open_session, settings=settings, now=now)).number
        for settings, now in [(None, NOW), (None, NOW), (other, NOW), (None, next_year), (None, NOW)]
    ]
    assert numbers == ["INV-2026-00001", "INV-2026-00002", "R/2026-00001", "INV-2027-00001", "INV-2026-00003"]


async def test_a_rolled_back_issue_returns_its_number(open_session: Any) -> None:
    await issued(open_session)
    with pytest.raises(RolledBack):
        await issued(open_session, fails=True)
    assert (await issued(open_session)).number == "INV-2026-00002"


async def test_each_tenant_has_its_own_numbers(open_session: Any) -> None:
    async with open_session() as session:
        drawn = [
            await draw_number(session, tenant_id=tenant, prefix="A", year=2026) for tenant in ("one", "two", "one")
        ]
    assert drawn == ["A2026-00001", "A2026-00001", "A2026-00002"]
    async with open_session() as session:
        series = (await session.scalars(select(NumberSeries).order_by(NumberSeries.tenant_id))).all()
        assert [(each.tenant_id, each.last_number) for each in series] == [("one", 2), ("two", 1)]


async def test_an_issued_invoice_is_due_after_the_payment_days(open_session: Any) -> None:
    invoice = await issued(open_session, settings=Settings(payment_days=30))
    assert (invoice.status, invoice.issued_on, invoice.due_on) == (
        InvoiceStatus.ISSUED,
        date(2026, 11, 20),
        date(2026, 12, 20),
    )


async def test_seller_and_customer_stay_as_they_were_at_issue(open_session: Any) -> None:
    invoice = await issued(open_session, settings=Settings(seller=SELLER))
    async with open_session() as session:
        await customers.change(
            session, invoice.customer_id, ADA.model_copy(update={"name": "Ada King", "country": "GB"})
        )
    async with open_session() as session:
        found = await invoices.find(session, invoice.id)
        assert found.customer.name == "Ada King"
        assert found.billed_to == ADA.model_dump()
        assert found.seller == SELLER.model_dump(mode="json")
        assert found.customer_name == "Ada"


async def test_an_invoice_without_lines_is_not_issued(open_session: Any) -> None:
    invoice_id = await drafted(open_session)
    with pytest.raises(InvoiceEmpty) as raised:
        async with open_session() as session:
            await invoices.issue(session, invoice_id, Settings(), now=NOW)
    assert (
        raised.value.detail == f"Draft invoice {invoice_id} has no lines; add at least one with PUT before issuing it"
    )


async def test_credits_lower_an_invoice_to_zero_and_not_below(open_session: Any) -> None:
    invoice_id = await drafted(open_session, line(1000), line(-1001))
    with pytest.raises(InvoiceTotalNegative) as raised:
        async with open_session() as session:
            await invoices.issue(session, invoice_id, Settings(), now=NOW)
    assert raised.value.detail == (
        f"Draft invoice {invoice_id} adds up to -0.01 EUR; credits may lower an invoice to zero, not below: remove some"
    )
    balanced = await drafted(open_session, line(1000), line(-1000))
    async with open_session() as session:
        assert (await invoices.issue(session, balanced, Settings(), now=NOW)).total_minor == 0


async def test_an_invoice_is_issued_once(open_session: Any) -> None:
    invoice = await issued(open_session)
    with pytest.raises(InvoiceMoveIllegal) as raised:
        async with open_session() as session:
            await invoices.issue(session, invoice.id, Settings(), now=NOW)
    assert (
        raised.value.detail
        == "Invoice INV-2026-00001 is issued and cannot become issued: it can only become paid or void"
    )
    assert raised.value.facts == {"status": "issued", "allowed": ["paid", "void"]}


def test_only_these_moves_are_allowed() -> None:
    draft, issued, paid, void = InvoiceStatus
    assert {draft: (issued,), issued: (paid, void), paid: (), void: ()} == MOVES


@pytest.mark.parametrize("status", [InvoiceStatus.ISSUED, InvoiceStatus.VOID])
async def test_the_database_itself_refuses_an_issued_invoice_without_a_number(
    open_session: Any, status: InvoiceStatus
) -> None:
    invoice_id = await drafted(open_session, line())
    with pytest.raises(IntegrityError, match="numbered_when_issued"):
        async with open_session() as session:
            (await invoices.find(session, invoice_id)).status = status


async def test_quantities_and_rates_keep_their_exact_value(open_session: Any) -> None:
    exact = LineContent(
        description="Work", unit_price_minor=3, quantity=Decimal("99999.9999"), tax_rate=Decimal("0.08875")
    )
    invoice_id = await drafted(open_session, exact)
    async with open_session() as session:
        kept = (await invoices.find(session, invoice_id)).lines[0]
        assert (kept.quantity, kept.tax_rate) == (Decimal("99999.9999"), Decimal("0.08875"))
