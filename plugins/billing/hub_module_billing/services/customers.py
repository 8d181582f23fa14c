"""Customers: found, added, changed. Issued invoices keep their own copy of what they name."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..exceptions import CustomerNotFound
from ..models import Customer
from ..schemas.customers import CustomerContent
from .keyset import Keyset, page_of


async def find(session: AsyncSession, customer_id: UUID) -> Customer:
    customer = await session.get(Customer, customer_id)
    if customer is None:
        raise CustomerNotFound(customer_id)
    return customer


async def page(session: AsyncSession, keyset: Keyset) -> tuple[list[Customer], UUID | None]:
    return await page_of(session, select(Customer), Customer.id, keyset)


async def add(session: AsyncSession, content: CustomerContent, *, now: datetime) -> Customer:
    customer = Customer(**content.model_dump(), created_at=now)
    session.add(customer)
    await session.flush()
    return customer


async def change(session: AsyncSession, customer_id: UUID, content: CustomerContent) -> Customer:
    customer = await find(session, customer_id)
    for name, value in content.model_dump().items():
        setattr(customer, name, value)
    return customer
