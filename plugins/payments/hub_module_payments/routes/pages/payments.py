"""The page at ``/payments``: what was to be paid, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.requests import Request
from fastapi.responses import HTMLResponse
from hub_hookspecs.web import Session, page, requires

from ...interface import IntentStatus
from ...schemas import IntentFilter
from ...services.intents import intents

router = APIRouter(dependencies=[requires("payments.intent.read")])


@router.get("", response_class=HTMLResponse, name="payments_page")
async def show_payments(request: Request, session: Session, wanted: Annotated[IntentFilter, Query()]) -> HTMLResponse:
    """List intents, newest first."""
    found, following = await intents(session, wanted)
    values = {
        "intents": [intent.as_intent() for intent in found],
        "made": {intent.id: intent.created_at for intent in found},
        "statuses": list(IntentStatus),
        "wanted": wanted,
        "older": request.url.include_query_params(after=following) if following else None,
    }
    return page(request, "list.html", values)
