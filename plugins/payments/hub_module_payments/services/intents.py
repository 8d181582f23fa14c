"""Read intents and their refunds."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..exceptions import IntentUnknown
from ..models import PaymentIntent, Refund
from ..schemas import IntentFilter


async def intents(session: AsyncSession, wanted: IntentFilter) -> tuple[Sequence[PaymentIntent], UUID | None]:
    """One page, newest first, and the id to continue after; ``None`` on the last page.

    Identifiers are made in the order of time, so the page is a range of the primary key and costs the same everywhere.
    """
    query = select(PaymentIntent).order_by(PaymentIntent.id.desc()).limit(wanted.limit + 1)
    equal = wanted.model_dump(include={"status", "currency", "reference"}, exclude_none=True)
    if wanted.after is not None:
        query = query.where(PaymentIntent.id < wanted.after)
    found = (await session.scalars(query.filter_by(**equal))).all()
    page = found[: wanted.limit]
    return page, page[-1].id if len(found) > wanted.limit else None


async def intent_of(session: AsyncSession, intent_id: UUID) -> PaymentIntent:
    """The intent with this id, or :class:`IntentUnknown`."""
    found = await session.get(PaymentIntent, intent_id)
    if found is None:
        raise IntentUnknown(intent_id)
    return found


async def refunds_of(session: AsyncSession, intent: PaymentIntent) -> Sequence[Refund]:
    """All refunds of an intent, oldest first."""
    return (await session.scalars(select(Refund).filter_by(intent_id=intent.id).order_by(Refund.id))).all()
