"""The list of invoices at ``/billing``, and each as a document one can send at ``/billing/invoices/{id}``."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.requests import Request
from fastapi.responses import HTMLResponse
from hub_hookspecs.web import Session, page, requires

from ... import money
from ...dependencies import BillingSettings, RequestedPage
from ...document import day, document, is_overdue
from ...models import InvoiceStatus
from ...services import invoice_list, invoices
from ...services.invoice_list import InvoiceFilter

router = APIRouter()


@router.get("", name="invoice_list_page", response_class=HTMLResponse, dependencies=[requires("billing.invoice.read")])
async def show_invoices(
    request: Request,
    session: Session,
    wanted_page: RequestedPage,
    status: Annotated[InvoiceStatus | None, Query(description="Only these")] = None,
) -> HTMLResponse:
    """List invoices, the newest first."""
    wanted = InvoiceFilter(status=[status] if status else [])
    items, following = await invoice_list.page(session, wanted, wanted_page)
    values = {
        "invoices": items,
        "statuses": list(InvoiceStatus),
        "chosen": status,
        "older": request.url.include_query_params(after=following) if following else None,
        "today": datetime.now(UTC).date(),
        "is_overdue": is_overdue,
        "shown": money.shown,
        "day": day,
    }
    return page(request, "list.html", values)


@router.get(
    "/invoices/{invoice_id}",
    name="invoice_page",
    response_class=HTMLResponse,
    dependencies=[requires("billing.invoice.read")],
)
async def show_invoice(request: Request, invoice_id: UUID, session: Session, settings: BillingSettings) -> HTMLResponse:
    """Show one invoice as a document to print or send."""
    invoice = await invoices.find(session, invoice_id)
    return page(request, "invoice.html", document(invoice, settings, today=datetime.now(UTC).date()))
