"""Intents: make, list and read them, take the money or give up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from hub_hookspecs.web import Session, requires

from ...schemas import IntentCreate, IntentFilter, IntentPage, IntentRead
from ...services.intents import intent_of, intents
from ..request import CashierOfRequest, IdempotencyKey, answered

router = APIRouter(prefix="/intents", tags=["intents"])


@router.get("", dependencies=[requires("payments.intent.read")])
async def list_intents(session: Session, wanted: Annotated[IntentFilter, Query()]) -> IntentPage:
    """List intents, newest first."""
    page, following = await intents(session, wanted)
    return IntentPage(items=[IntentRead.of(intent) for intent in page], next=following)


@router.post("", status_code=201, dependencies=[requires("payments.intent.write")])
async def create_intent(
    cashier: CashierOfRequest, wanted: IntentCreate, key: IdempotencyKey, response: Response
) -> IntentRead:
    """Make an intent; nothing is taken yet."""
    return answered(await cashier.create(wanted, key), response)


@router.get("/{intent_id}", dependencies=[requires("payments.intent.read")])
async def get_intent(session: Session, intent_id: UUID) -> IntentRead:
    """Read an intent."""
    return IntentRead.of(await intent_of(session, intent_id))


@router.post("/{intent_id}/capture", dependencies=[requires("payments.intent.write")])
async def capture_intent(
    cashier: CashierOfRequest, intent_id: UUID, key: IdempotencyKey, response: Response
) -> IntentRead:
    """Take the money. Look at ``status``: a gateway may leave it ``processing``, and one that declines makes it ``failed``."""
    return answered(await cashier.capture(intent_id, key), response)


@router.post("/{intent_id}/cancel", dependencies=[requires("payments.intent.write")])
async def cancel_intent(cashier: CashierOfRequest, intent_id: UUID) -> IntentRead:
    """Give up an intent that has not succeeded."""
    return IntentRead.of(await cashier.cancel(intent_id))
