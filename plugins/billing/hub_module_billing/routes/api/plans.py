"""``/api/v1/billing/plans``."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, status
from hub_hookspecs.web import Session, requires

from ...dependencies import BillingSettings, RequestedPage
from ...schemas.subscriptions import PlanAnswer, PlanContent, PlanPage
from ...services import plans

router = APIRouter(prefix="/plans", tags=["plans"])


@router.get("", dependencies=[requires("billing.plan.read")])
async def list_plans(session: Session, page: RequestedPage) -> PlanPage:
    """List plans, the newest first."""
    items, following = await plans.page(session, page)
    return PlanPage.model_validate({"items": items, "next": following})


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[requires("billing.plan.write")])
async def add_plan(content: PlanContent, session: Session, settings: BillingSettings) -> PlanAnswer:
    """Add a plan."""
    return PlanAnswer.model_validate(await plans.add(session, content, settings, now=datetime.now(UTC)))


@router.get("/{plan_id}", dependencies=[requires("billing.plan.read")])
async def show_plan(plan_id: UUID, session: Session) -> PlanAnswer:
    """Show one plan."""
    return PlanAnswer.model_validate(await plans.find(session, plan_id))


@router.put("/{plan_id}", dependencies=[requires("billing.plan.write")])
async def change_plan(plan_id: UUID, content: PlanContent, session: Session, settings: BillingSettings) -> PlanAnswer:
    """Replace a plan. Periods that are billed already keep their price."""
    return PlanAnswer.model_validate(await plans.change(session, plan_id, content, settings))
