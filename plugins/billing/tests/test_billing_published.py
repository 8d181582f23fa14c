"""What billing offers to other modules: its invoices, found, listed and overdue, in one query each."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hub_hookspecs import NotFound
from hub_hookspecs.host import current_call
from hub_module_billing.interface import Invoices
from hub_module_billing.models import Customer, Invoice, InvoiceStatus

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def stored(hub: Any, *dues: date | None) -> list[UUID]:
    async with hub.inner.database.session() as session:
        customer = Customer(name="Ada", email="ada@example.org", address=["1"], country="DE", vat_id="", created_at=NOW)
        invoices = [
            Invoice(
                customer=customer, status=InvoiceStatus.ISSUED if due else InvoiceStatus.DRAFT, created_at=NOW,
                number=f"N-{number}" if due else None, due_on=due, currency="EUR", note="",
                net_minor=100, tax_minor=19, total_minor=119,
            )
            for number, due in enumerate(dues)
        ]  # fmt: skip
        session.add_all(invoices)
        await session.flush()
        return [each.id for each in invoices]


async def test_invoices_are_found_by_who_requires_billing(hub: Any) -> None:
    today = NOW.date()
    late, later, draft = await stored(hub, today - timedelta(9), today - timedelta(1), None)
    context = hub.inner.modules["billing"].context
    async with context.session():
        invoices = current_call.get().service(Invoices)
        assert (await invoices.find(late)).called == "Invoice N-0"
        assert (await invoices.find(late, lock=True)).total_minor == 119
        with pytest.raises(NotFound):
            await invoices.find(uuid4())
        assert [each.id for each in await invoices.find_all([draft, uuid4(), late])] == [draft, late]
        assert [each.id for each in await invoices.overdue(today, limit=9)] == [late, later]
        assert [each.id for each in await invoices.overdue(today, limit=1)] == [late]
        assert list(await invoices.overdue(today - timedelta(9), limit=9)) == []
