"""Record what became of money that a gateway left *processing*."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..exceptions import GatewayFailed, OutcomeRecorded, TransactionUnknown
from ..interface import GatewayAnswer, IntentStatus
from ..models import Capture, PaymentIntent, Refund
from .cashier import Cashier, apply_capture
from .gateway_calls import is_usable


async def settled(session: AsyncSession, cashier: Cashier, gateway: str, answer: GatewayAnswer) -> PaymentIntent:
    """Apply the outcome to the capture or refund that ``answer.transaction`` names, once."""
    if not is_usable(answer):
        raise GatewayFailed(gateway)
    movement = await _movement(session, gateway, answer.transaction)
    intent = await cashier.locked(movement.intent_id)
    await session.refresh(movement)  # it was read before the lock was held
    if movement.status is answer.status:
        return intent
    if movement.status is not IntentStatus.PROCESSING:
        raise OutcomeRecorded(answer.transaction, movement.status, answer.status)
    movement.status = answer.status
    movement.failure = answer.failure[:500] if answer.failure else None
    if isinstance(movement, Capture):
        apply_capture(intent, movement)
    elif answer.status is IntentStatus.FAILED:
        intent.refunded_minor -= movement.amount_minor
        intent.touch()
    await session.flush()
    return intent


async def _movement(session: AsyncSession, gateway: str, transaction: str) -> Capture | Refund:
    named = {"gateway": gateway, "gateway_transaction": transaction}
    found: Capture | Refund | None = await session.scalar(select(Capture).filter_by(**named))
    if found is None:
        found = await session.scalar(select(Refund).filter_by(**named))
    if found is None:
        raise TransactionUnknown(gateway, transaction)
    return found
