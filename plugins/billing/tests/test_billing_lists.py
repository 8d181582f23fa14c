"""Lists by key and their filters, and no query more for a longer page."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hub_module_billing.config import Settings
from hub_module_billing.models import Invoice, InvoiceStatus
from hub_module_billing.schemas.customers import CustomerContent
from hub_module_billing.schemas.invoices import InvoiceContent, LineContent
from hub_module_billing.services import customers, invoice_list, invoices
from hub_module_billing.services.invoice_list import InvoiceFilter
from hub_module_billing.services.keyset import Keyset
from sqlalchemy import event

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALL = Keyset(limit=200)


async def filled(open_session: Any) -> tuple[list[UUID], list[UUID]]:
    """Seven invoices of two customers, one issued a day for the first five, then two drafts."""
    async with open_session() as session:
        people = [
            await customers.add(
                session, CustomerContent(name=name, email="a@example.org", address=["1 Main St"], country="DE"), now=NOW
            )
            for name in ("Ada", "Bob")
        ]
        made = []
        for day in range(7):
            content = InvoiceContent(
                customer_id=people[day % 2].id, lines=[LineContent(description="Work", unit_price_minor=100)]
            )
            invoice = await invoices.draft(session, content, Settings(), now=NOW)
            made.append(invoice.id)
            if day < 5:
                await invoices.issue(session, invoice.id, Settings(payment_days=10), now=NOW + timedelta(days=day))
    return [person.id for person in people], made


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
async def test_pages_show_every_invoice_once_the_newest_first(open_session: Any, limit: int) -> None:
    _, made = await filled(open_session)
    seen: list[UUID] = []
    after: UUID | None = None
    async with open_session() as session:
        while True:
            items, after = await invoice_list.page(session, InvoiceFilter(), Keyset(limit=limit, after=after))
            assert len(items) <= limit
            assert not {each.id for each in items}.intersection(seen)
            seen += [each.id for each in items]
            if after is None:
                break
    assert seen == sorted(made, reverse=True)


async def test_an_invoice_added_meanwhile_shifts_no_page(open_session: Any) -> None:
    people, made = await filled(open_session)
    async with open_session() as session:
        _, after = await invoice_list.page(session, InvoiceFilter(), Keyset(limit=3))
        await invoices.draft(session, InvoiceContent(customer_id=people[0]), Settings(), now=NOW)
        items, _ = await invoice_list.page(session, InvoiceFilter(), Keyset(limit=3, after=after))
    assert [each.id for each in items] == sorted(made, reverse=True)[3:6]


def day(number: int) -> date:
    return date(2026, 11, 20) + timedelta(days=number)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (InvoiceFilter(status=[InvoiceStatus.DRAFT]), [5, 6]),
        (InvoiceFilter(status=[InvoiceStatus.ISSUED, InvoiceStatus.DRAFT]), [0, 1, 2, 3, 4, 5, 6]),
        (InvoiceFilter(status=[InvoiceStatus.PAID]), []),
        (InvoiceFilter(issued_from=day(1), issued_to=day(3)), [1, 2, 3]),
        (InvoiceFilter(issued_to=day(0)), [0]),
        (InvoiceFilter(due_from=day(13)), [3, 4]),
        (InvoiceFilter(due_to=day(10), status=[InvoiceStatus.DRAFT]), []),
    ],
)
async def test_all_filters_must_hold_and_both_ends_belong_to_a_range(
    open_session: Any, wanted: InvoiceFilter, expected: list[int]
) -> None:
    _, made = await filled(open_session)
    async with open_session() as session:
        items, _ = await invoice_list.page(session, wanted, ALL)
    assert {each.id for each in items} == {made[number] for number in expected}


async def test_a_list_can_show_one_customer(open_session: Any) -> None:
    people, made = await filled(open_session)
    async with open_session() as session:
        items, _ = await invoice_list.page(session, InvoiceFilter(customer_id=people[1]), ALL)
    assert {each.id for each in items} == set(made[1::2])
    assert {each.customer_name for each in items} == {"Bob"}


async def test_a_longer_page_needs_no_more_queries(open_session: Any) -> None:
    await filled(open_session)
    counts = []
    for limit in (1, 7):
        async with open_session() as session:
            connection = await session.connection()
            statements: list[str] = []

            def note(_connection: Any, _cursor: Any, statement: str, *_: Any, into: list[str] = statements) -> None:
                into.append(statement)

            event.listen(connection.sync_connection, "before_cursor_execute", note)
            items, _ = await invoice_list.page(session, InvoiceFilter(), Keyset(limit=limit))
            assert all(isinstance(each, Invoice) and each.customer_name for each in items)
            event.remove(connection.sync_connection, "before_cursor_execute", note)
            counts.append(len(statements))
    assert counts == [2, 2]
