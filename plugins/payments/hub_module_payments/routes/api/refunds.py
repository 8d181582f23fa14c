"""Refunds of an intent."""

from uuid import UUID

from fastapi import APIRouter, Response
from hub_hookspecs.web import Session, requires

from ...schemas import RefundCreate, RefundList, RefundRead
from ...services.intents import intent_of, refunds_of
from ..request import CashierOfRequest, IdempotencyKey, answered

router = APIRouter(prefix="/intents/{intent_id}/refunds", tags=["refunds"])


@router.get("", dependencies=[requires("payments.intent.read")])
async def list_refunds(session: Session, intent_id: UUID) -> RefundList:
    """List the refunds of an intent, oldest first."""
    intent = await intent_of(session, intent_id)
    return RefundList(items=[RefundRead.of(refund, intent) for refund in await refunds_of(session, intent)])


@router.post("", status_code=201, dependencies=[requires("payments.refund.write")])
async def create_refund(
    cashier: CashierOfRequest, intent_id: UUID, wanted: RefundCreate, key: IdempotencyKey, response: Response
) -> RefundRead:
    """Return money: a part, or everything that is left. Never more than was captured."""
    return answered(await cashier.refund(intent_id, wanted, key), response)
