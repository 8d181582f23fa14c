"""The wrapper around the route of billing that shows an invoice."""

from uuid import UUID

from fastapi import Request, Response
from hub_hookspecs import CallNext, current_session
from hub_hookspecs.web import with_fields

from .models import InvoiceReminder
from .schemas import Dunning, DunningFields


async def with_dunning(request: Request, call_next: CallNext) -> Response:
    """Add ``dunning`` to the answer: one look at our own table."""
    answer = await call_next()
    found = await current_session().get(InvoiceReminder, UUID(request.path_params["invoice_id"]))
    level, last = (found.dunning_level, found.last_reminded_at) if found else (0, None)
    return with_fields(answer, DunningFields(dunning=Dunning(level=level, last_reminded_at=last)))
