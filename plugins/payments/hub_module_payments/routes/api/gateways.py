"""The gateways that running modules offer."""

from fastapi import APIRouter
from hub_hookspecs.web import requires

from ...schemas import GatewayList, GatewayRead
from ...services.gateways import running
from ..request import PaymentsSettings

router = APIRouter(prefix="/gateways", tags=["gateways"])


@router.get("", dependencies=[requires("payments.intent.read")])
async def list_gateways(settings: PaymentsSettings) -> GatewayList:
    """List the gateways that intents may name."""
    return GatewayList(
        items=[
            GatewayRead(name=name, title=gateway.title, default=name == settings.default_gateway)
            for name, gateway in sorted(running().items())
        ]
    )
