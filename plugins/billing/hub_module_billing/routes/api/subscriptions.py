"""``/api/v1/billing/subscriptions``."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response, status
from hub_hookspecs.web import Session, requires

from ...dependencies import RequestedPage
from ...schemas.invoices import InvoiceAnswer
from ...schemas.subscriptions import (
    PeriodToBill,
    SubscriptionAnswer,
    SubscriptionContent,
    SubscriptionEnd,
    SubscriptionPage,
)
from ...services import subscriptions

router = APIRouter(prefix="/subscriptions", tags=["subscriptions"])


@router.get("", dependencies=[requires("billing.subscription.read")])
async def list_subscriptions(
    session: Session, page: RequestedPage, customer_id: UUID | None = None
) -> SubscriptionPage:
    """List subscriptions, the newest first."""
    items, following = await subscriptions.page(session, page, customer_id=customer_id)
    return SubscriptionPage.model_validate({"items": items, "next": following})


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[requires("billing.subscription.write")])
async def add_subscription(content: SubscriptionContent, session: Session) -> SubscriptionAnswer:
    """Subscribe a customer to a plan."""
    return SubscriptionAnswer.model_validate(await subscriptions.add(session, content, now=datetime.now(UTC)))


@router.get("/{subscription_id}", dependencies=[requires("billing.subscription.read")])
async def show_subscription(subscription_id: UUID, session: Session) -> SubscriptionAnswer:
    """Show one subscription."""
    return SubscriptionAnswer.model_validate(await subscriptions.find(session, subscription_id))


@router.post("/{subscription_id}/end", dependencies=[requires("billing.subscription.write")])
async def end_subscription(subscription_id: UUID, content: SubscriptionEnd, session: Session) -> SubscriptionAnswer:
    """Set the last day of a subscription."""
    return SubscriptionAnswer.model_validate(await subscriptions.end(session, subscription_id, content.ends_on))


@router.post(
    "/{subscription_id}/bill",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"description": "This period was billed before; this is its invoice", "model": InvoiceAnswer}},
    dependencies=[requires("billing.subscription.write")],
)
async def bill_subscription(
    subscription_id: UUID, content: PeriodToBill, session: Session, response: Response
) -> InvoiceAnswer:
    """Draft the invoice for one period, once: asking again answers with the same invoice."""
    invoice, is_new = await subscriptions.bill(session, subscription_id, content.period, now=datetime.now(UTC))
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return InvoiceAnswer.model_validate(invoice)
