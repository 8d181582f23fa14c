"""Billing a period happens once, whoever asks and however often."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import anyio
import pytest
from hub_module_billing.config import Settings
from hub_module_billing.exceptions import PeriodNotBillable, SubscriptionEndInvalid
from hub_module_billing.models import Invoice
from hub_module_billing.periods import Interval
from hub_module_billing.schemas.customers import CustomerContent
from hub_module_billing.schemas.subscriptions import PlanContent, SubscriptionContent
from hub_module_billing.services import customers, invoices, plans, subscriptions
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def subscribed(open_session: Any, *, interval: Interval = Interval.MONTH) -> UUID:
    async with open_session() as session:
        customer = await customers.add(
            session, CustomerContent(name="Ada", email="ada@example.org", address=["1 Main St"], country="DE"), now=NOW
        )
        content = PlanContent(
            name="Hosting", price_minor=999, interval=interval, currency="CHF", tax_rate=Decimal("0.081")
        )
        plan = await plans.add(session, content, Settings(), now=NOW)
        wanted = SubscriptionContent(
            customer_id=customer.id, plan_id=plan.id, quantity=Decimal("2.5"), started_on=date(2026, 1, 31)
        )
        return (await subscriptions.add(session, wanted, now=NOW)).id


async def billed(open_session: Any, subscription_id: UUID, day: date) -> tuple[Invoice, bool]:
    async with open_session() as session:
        return await subscriptions.bill(session, subscription_id, day, now=NOW)


async def test_a_period_is_billed_at_the_price_of_the_plan(open_session: Any) -> None:
    invoice, is_new = await billed(open_session, await subscribed(open_session), date(2026, 3, 1))
    assert is_new
    assert (invoice.period_start, invoice.period_end, invoice.currency) == (date(2026, 2, 28), date(2026, 3, 31), "CHF")
    (line,) = invoice.lines
    assert (line.description, line.quantity, line.unit, line.net_minor) == ("Hosting", Decimal("2.5"), "month", 2498)
    assert (invoice.tax_minor, invoice.total_minor) == (202, 2700)  # 8.1 % of 24.98 is 2.02338


async def test_billing_a_period_again_gives_the_same_invoice(open_session: Any) -> None:
    subscription_id = await subscribed(open_session)
    first, _ = await billed(open_session, subscription_id, date(2026, 3, 1))
    again, is_new = await billed(open_session, subscription_id, date(2026, 3, 30))
    assert (again.id, is_new) == (first.id, False)
    following, is_new = await billed(open_session, subscription_id, date(2026, 3, 31))
    assert is_new
    assert following.period_start == first.period_end


async def test_of_twelve_callers_at_once_one_bills(open_session: Any) -> None:
    """On PostgreSQL all twelve transactions are open before the first bills; on SQLite only one can be."""
    subscription_id = await subscribed(open_session)
    answers: list[tuple[UUID, bool]] = []
    waiting: list[None] = []
    all_there = anyio.Event()

    async def ask() -> None:
        async with open_session() as session:
            if (await session.connection()).dialect.name == "postgresql":
                waiting.append(None)
                if len(waiting) == 12:
                    all_there.set()
                await all_there.wait()
            invoice, is_new = await subscriptions.bill(session, subscription_id, date(2026, 3, 1), now=NOW)
        answers.append((invoice.id, is_new))

    async with anyio.create_task_group() as callers:
        for _ in range(12):
            callers.start_soon(ask)
    assert len({invoice_id for invoice_id, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1
    async with open_session() as session:
        assert await session.scalar(select(func.count()).select_from(Invoice)) == 1


async def test_the_database_itself_refuses_a_second_invoice_for_a_period(open_session: Any) -> None:
    first, _ = await billed(open_session, await subscribed(open_session), date(2026, 3, 1))

    async def make_another() -> None:
        async with open_session() as session:
            second = invoices.new_draft(await customers.find(session, first.customer_id), "CHF", now=NOW)
            second.subscription_id, second.period_start = first.subscription_id, first.period_start
            session.add(second)

    with pytest.raises(IntegrityError):
        await make_another()


async def test_a_discarded_draft_frees_its_period(open_session: Any) -> None:
    subscription_id = await subscribed(open_session)
    first, _ = await billed(open_session, subscription_id, date(2026, 3, 1))
    async with open_session() as session:
        await invoices.discard(session, first.id)
    again, is_new = await billed(open_session, subscription_id, date(2026, 3, 1))
    assert is_new
    assert again.id != first.id


async def test_a_yearly_plan_is_billed_by_the_year(open_session: Any) -> None:
    subscription_id = await subscribed(open_session, interval=Interval.YEAR)
    invoice, _ = await billed(open_session, subscription_id, date(2027, 1, 30))
    assert (invoice.period_start, invoice.period_end) == (date(2026, 1, 31), date(2027, 1, 31))


@pytest.mark.parametrize("day", [date(2026, 1, 30), date(2026, 5, 11)])
async def test_days_outside_the_subscription_are_not_billed(open_session: Any, day: date) -> None:
    subscription_id = await subscribed(open_session)
    async with open_session() as session:
        await subscriptions.end(session, subscription_id, date(2026, 5, 10))
    with pytest.raises(PeriodNotBillable) as raised:
        await billed(open_session, subscription_id, day)
    assert raised.value.detail == (
        f"No period contains {day}: the subscription runs from 2026-01-31 up to 2026-05-10, its last day; choose a day in it"
    )
    assert (await billed(open_session, subscription_id, date(2026, 5, 10)))[1]


async def test_a_subscription_without_an_end_runs_onwards(open_session: Any) -> None:
    with pytest.raises(PeriodNotBillable) as raised:
        await billed(open_session, await subscribed(open_session), date(2026, 1, 30))
    assert raised.value.detail == (
        "No period contains 2026-01-30: the subscription runs from 2026-01-31 onwards; choose a day in it"
    )


async def test_a_subscription_cannot_end_before_it_starts(open_session: Any) -> None:
    subscription_id = await subscribed(open_session)
    with pytest.raises(SubscriptionEndInvalid) as raised:
        async with open_session() as session:
            await subscriptions.end(session, subscription_id, date(2026, 1, 30))
    assert raised.value.detail == (
        "A subscription that started on 2026-01-31 cannot end on 2026-01-30; choose a later day"
    )


async def test_a_new_price_counts_for_periods_not_yet_billed(open_session: Any) -> None:
    subscription_id = await subscribed(open_session)
    old, _ = await billed(open_session, subscription_id, date(2026, 3, 1))
    async with open_session() as session:
        plan = (await subscriptions.find(session, subscription_id)).plan
        content = PlanContent(
            name="Hosting", price_minor=2000, interval=Interval.MONTH, currency="CHF", tax_rate=Decimal(0)
        )
        await plans.change(session, plan.id, content, Settings())
    new, _ = await billed(open_session, subscription_id, date(2026, 4, 1))
    async with open_session() as session:
        assert (await invoices.find(session, old.id)).net_minor == 2498
    assert new.net_minor == 5000
