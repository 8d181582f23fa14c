"""``/api/v1/billing/customers``."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, status
from hub_hookspecs.web import Session, requires

from ...dependencies import RequestedPage
from ...schemas.customers import CustomerAnswer, CustomerContent, CustomerPage
from ...services import customers

router = APIRouter(prefix="/customers", tags=["customers"])


@router.get("", dependencies=[requires("billing.customer.read")])
async def list_customers(session: Session, page: RequestedPage) -> CustomerPage:
    """List customers, the newest first."""
    items, following = await customers.page(session, page)
    return CustomerPage.model_validate({"items": items, "next": following})


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[requires("billing.customer.write")])
async def add_customer(content: CustomerContent, session: Session) -> CustomerAnswer:
    """Add a customer."""
    return CustomerAnswer.model_validate(await customers.add(session, content, now=datetime.now(UTC)))


@router.get("/{customer_id}", dependencies=[requires("billing.customer.read")])
async def show_customer(customer_id: UUID, session: Session) -> CustomerAnswer:
    """Show one customer."""
    return CustomerAnswer.model_validate(await customers.find(session, customer_id))


@router.put("/{customer_id}", dependencies=[requires("billing.customer.write")])
async def change_customer(customer_id: UUID, content: CustomerContent, session: Session) -> CustomerAnswer:
    """Replace what is known about a customer. Issued invoices keep what they said."""
    return CustomerAnswer.model_validate(await customers.change(session, customer_id, content))
