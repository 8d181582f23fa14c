"""The gateway ``manual``: an operator notes money that came in, or went back, outside the hub."""

from uuid import NAMESPACE_URL, uuid5

from ..interface import GatewayAnswer, GatewayCharge, IntentStatus


class ManualGateway:
    """Everything noted has happened already, so it succeeds at once."""

    name = "manual"
    title = "Manual: noted by an operator"

    async def capture(self, charge: GatewayCharge) -> GatewayAnswer:
        return self._noted(charge)

    async def refund(self, charge: GatewayCharge, transaction: str) -> GatewayAnswer:
        return self._noted(charge)

    async def cancel(self, transaction: str) -> GatewayAnswer:
        return GatewayAnswer(status=IntentStatus.SUCCEEDED, transaction=transaction)

    def _noted(self, charge: GatewayCharge) -> GatewayAnswer:
        name = f"{charge.intent}/{charge.idempotency_key}"
        return GatewayAnswer(status=IntentStatus.SUCCEEDED, transaction=f"manual-{uuid5(NAMESPACE_URL, name)}")
