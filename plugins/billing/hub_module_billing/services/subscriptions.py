"""Subscriptions, and the one call that bills a period of one."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from ..exceptions import PeriodNotBillable, SubscriptionEndInvalid, SubscriptionNotFound
from ..models import Invoice, InvoiceLine, Subscription
from ..periods import Interval, Period, period_containing
from ..schemas.subscriptions import SubscriptionContent
from . import customers, invoices, plans
from .keyset import Keyset, page_of


async def find(session: AsyncSession, subscription_id: UUID, *, lock: bool = False) -> Subscription:
    statement = select(Subscription).where(Subscription.id == subscription_id).options(selectinload(Subscription.plan))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    subscription = (await session.scalars(statement)).one_or_none()
    if subscription is None:
        raise SubscriptionNotFound(subscription_id)
    return subscription


async def page(
    session: AsyncSession, keyset: Keyset, *, customer_id: UUID | None = None
) -> tuple[list[Subscription], UUID | None]:
    statement = select(Subscription)
    if customer_id is not None:
        statement = statement.where(Subscription.customer_id == customer_id)
    return await page_of(session, statement, Subscription.id, keyset)


async def add(session: AsyncSession, content: SubscriptionContent, *, now: datetime) -> Subscription:
    customer = await customers.find(session, content.customer_id)
    plan = await plans.find(session, content.plan_id)
    subscription = Subscription(
        customer_id=customer.id, plan=plan, quantity=content.quantity, started_on=content.started_on, created_at=now
    )
    session.add(subscription)
    await session.flush()
    return subscription


async def end(session: AsyncSession, subscription_id: UUID, ends_on: date) -> Subscription:
    subscription = await find(session, subscription_id, lock=True)
    if ends_on < subscription.started_on:
        raise SubscriptionEndInvalid(ends_on, subscription.started_on)
    subscription.ends_on = ends_on
    return subscription


async def bill(session: AsyncSession, subscription_id: UUID, day: date, *, now: datetime) -> tuple[Invoice, bool]:
    """Draft the invoice for the period ``day`` lies in; whoever asks again gets the same one, and ``False``.

    The subscription's row is locked, so of two callers at once the second finds what the first has made; the unique
    constraint on subscription and period stands behind that.
    """
    subscription = await find(session, subscription_id, lock=True)
    period = _billable_period(subscription, day)
    billed = await session.scalar(
        select(Invoice.id).where(Invoice.subscription_id == subscription.id, Invoice.period_start == period.start)
    )
    if billed is not None:
        return await invoices.find(session, billed), False
    customer = await customers.find(session, subscription.customer_id)
    invoice = invoices.new_draft(customer, subscription.plan.currency, now=now)
    invoice.subscription_id, invoice.period_start, invoice.period_end = subscription.id, period.start, period.end
    session.add(invoice)
    invoices.set_lines(invoice, [_line(subscription)])
    await session.flush()
    return invoice, True


def _billable_period(subscription: Subscription, day: date) -> Period:
    started_on, ends_on = subscription.started_on, subscription.ends_on
    if day < started_on or (ends_on is not None and day > ends_on):
        raise PeriodNotBillable(day, started_on, ends_on)
    return period_containing(day, started_on=started_on, interval=Interval(subscription.plan.interval))


def _line(subscription: Subscription) -> InvoiceLine:
    plan = subscription.plan
    return InvoiceLine(
        description=plan.name, quantity=subscription.quantity, unit=plan.interval,
        unit_price_minor=plan.price_minor, tax_rate=plan.tax_rate,
    )  # fmt: skip
