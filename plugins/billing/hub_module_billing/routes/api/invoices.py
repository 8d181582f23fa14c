"""``/api/v1/billing/invoices``."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status
from hub_hookspecs import service
from hub_hookspecs.web import Session, requires
from hub_module_payments.interface import Payments

from ...dependencies import BillingSettings, RequestedPage
from ...models import InvoiceStatus
from ...schemas.invoices import InvoiceAnswer, InvoiceContent, InvoicePage, PaymentContent
from ...services import collection, invoice_list, invoices
from ...services.invoice_list import InvoiceFilter

router = APIRouter(prefix="/invoices", tags=["invoices"])


async def _filter(
    status: Annotated[list[InvoiceStatus], Query(description="One or more")] = [],  # noqa: B006 - FastAPI copies it
    customer_id: UUID | None = None,
    subscription_id: UUID | None = None,
    issued_from: date | None = None,
    issued_to: date | None = None,
    due_from: date | None = None,
    due_to: date | None = None,
) -> InvoiceFilter:
    return InvoiceFilter(
        status=status, customer_id=customer_id, subscription_id=subscription_id,
        issued_from=issued_from, issued_to=issued_to, due_from=due_from, due_to=due_to,
    )  # fmt: skip


@router.get("", dependencies=[requires("billing.invoice.read")])
async def list_invoices(
    session: Session, page: RequestedPage, wanted: Annotated[InvoiceFilter, Depends(_filter)]
) -> InvoicePage:
    """List the invoices that fit all filters, the newest first. Both ends of a range belong to it."""
    items, following = await invoice_list.page(session, wanted, page)
    return InvoicePage.model_validate({"items": items, "next": following})


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[requires("billing.invoice.write")])
async def draft_invoice(content: InvoiceContent, session: Session, settings: BillingSettings) -> InvoiceAnswer:
    """Draft an invoice."""
    return InvoiceAnswer.model_validate(await invoices.draft(session, content, settings, now=datetime.now(UTC)))


@router.get("/{invoice_id}", dependencies=[requires("billing.invoice.read")])
async def show_invoice(invoice_id: UUID, session: Session) -> InvoiceAnswer:
    """Show one invoice."""
    return InvoiceAnswer.model_validate(await invoices.find(session, invoice_id))


@router.put("/{invoice_id}", dependencies=[requires("billing.invoice.write")])
async def change_invoice(
    invoice_id: UUID, content: InvoiceContent, session: Session, settings: BillingSettings
) -> InvoiceAnswer:
    """Replace what a draft says."""
    return InvoiceAnswer.model_validate(await invoices.change(session, invoice_id, content, settings))


@router.delete(
    "/{invoice_id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=[requires("billing.invoice.write")]
)
async def discard_invoice(invoice_id: UUID, session: Session) -> None:
    """Delete a draft."""
    await invoices.discard(session, invoice_id)


@router.post("/{invoice_id}/issue", dependencies=[requires("billing.invoice.issue")])
async def issue_invoice(invoice_id: UUID, session: Session, settings: BillingSettings) -> InvoiceAnswer:
    """Issue a draft: it gets the next number, today's date and a due date, and its content is fixed from now on."""
    return InvoiceAnswer.model_validate(await invoices.issue(session, invoice_id, settings, now=datetime.now(UTC)))


@router.post("/{invoice_id}/void", dependencies=[requires("billing.invoice.issue")])
async def void_invoice(invoice_id: UUID, session: Session) -> InvoiceAnswer:
    """Take back an issued invoice. It keeps its number; an open payment is cancelled."""
    return InvoiceAnswer.model_validate(
        await collection.void(session, invoice_id, service(Payments), now=datetime.now(UTC))
    )


@router.post("/{invoice_id}/payments", dependencies=[requires("billing.invoice.pay")])
async def collect_payment(invoice_id: UUID, content: PaymentContent, session: Session) -> InvoiceAnswer:
    """Collect the total through a gateway. ``payments`` in the answer says how that went; it may still be processing."""
    return InvoiceAnswer.model_validate(
        await collection.collect(session, invoice_id, service(Payments), gateway=content.gateway, now=datetime.now(UTC))
    )


@router.post("/{invoice_id}/settle", dependencies=[requires("billing.invoice.pay")])
async def settle_payment(invoice_id: UUID, session: Session) -> InvoiceAnswer:
    """Ask payments how an open payment stands, and mark the invoice paid when the money is there. Repeat at will."""
    return InvoiceAnswer.model_validate(
        await collection.settle(session, invoice_id, service(Payments), now=datetime.now(UTC))
    )
