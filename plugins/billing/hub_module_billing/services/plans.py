"""Plans: found, added, changed. A new price counts from the next period that is billed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..config import Settings
from ..exceptions import PlanNotFound
from ..models import Plan
from ..schemas.subscriptions import PlanContent
from .keyset import Keyset, page_of


async def find(session: AsyncSession, plan_id: UUID) -> Plan:
    plan = await session.get(Plan, plan_id)
    if plan is None:
        raise PlanNotFound(plan_id)
    return plan


async def page(session: AsyncSession, keyset: Keyset) -> tuple[list[Plan], UUID | None]:
    return await page_of(session, select(Plan), Plan.id, keyset)


async def add(session: AsyncSession, content: PlanContent, settings: Settings, *, now: datetime) -> Plan:
    plan = Plan(created_at=now)
    _fill(plan, content, settings)
    session.add(plan)
    await session.flush()
    return plan


async def change(session: AsyncSession, plan_id: UUID, content: PlanContent, settings: Settings) -> Plan:
    plan = await find(session, plan_id)
    _fill(plan, content, settings)
    return plan


def _fill(plan: Plan, content: PlanContent, settings: Settings) -> None:
    plan.name, plan.interval, plan.price_minor = content.name, content.interval, content.price_minor
    plan.currency = content.currency or settings.currency
    plan.tax_rate = settings.tax_rate if content.tax_rate is None else content.tax_rate
