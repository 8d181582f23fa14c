"""Where Acme reports what became of a capture or refund. Public: what counts is Acme's signature."""

import hmac
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header
from fastapi.requests import Request
from hub_hookspecs import service
from hub_hookspecs.web import module_settings, public
from hub_module_payments.interface import GatewayAnswer, IntentStatus, Payments
from pydantic import BaseModel, Field, ValidationError

from ...config import Settings
from ...exceptions import NotConfigured, NotificationInvalid, SignatureInvalid

router = APIRouter(prefix="/notifications", tags=["notifications"])


class Notification(BaseModel):
    """What Acme sends."""

    transaction: str = Field(min_length=1, max_length=255, pattern="^[a-z0-9-]+$")
    status: Literal["succeeded", "failed"]
    reason: str | None = None


@router.post("", status_code=204, dependencies=[public()])
async def notify(
    request: Request,
    settings: Annotated[Settings, Depends(module_settings)],
    signature: Annotated[str, Header(alias="Acme-Signature")] = "",
) -> None:
    """Take a signed notification."""
    body = await request.body()
    if settings.secret is None:
        raise NotConfigured
    expected = hmac.digest(settings.secret.get_secret_value().encode(), body, "sha256").hex()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise SignatureInvalid
    try:
        told = Notification.model_validate_json(body)
    except ValidationError as error:
        raise NotificationInvalid from error
    answer = GatewayAnswer(status=IntentStatus(told.status), transaction=told.transaction, failure=told.reason)
    await service(Payments).settle("acme", answer)
