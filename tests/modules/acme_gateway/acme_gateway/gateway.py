"""The gateway: everything it is asked for is *processing* until Acme reports what became of it."""

from hashlib import sha256

from hub_module_payments.interface import GatewayAnswer, GatewayCharge, IntentStatus

from .config import Settings


class AcmeGateway:
    """Acme knows a request by its idempotency key, so that a repeated one is the same transaction."""

    name = "acme"
    title = "Acme Pay"

    def __init__(self) -> None:
        self.settings: Settings | None = None

    async def capture(self, charge: GatewayCharge) -> GatewayAnswer:
        settings, transaction = self._running(), self._transaction(charge)
        if charge.amount.minor > settings.declines_above:
            return GatewayAnswer(status=IntentStatus.FAILED, transaction=transaction, failure="amount above the limit")
        return GatewayAnswer(status=IntentStatus.PROCESSING, transaction=transaction)

    async def refund(self, charge: GatewayCharge, transaction: str) -> GatewayAnswer:
        return GatewayAnswer(status=IntentStatus.PROCESSING, transaction=self._transaction(charge))

    async def cancel(self, transaction: str) -> GatewayAnswer:
        return GatewayAnswer(status=IntentStatus.CANCELLED, transaction=transaction)

    def _running(self) -> Settings:
        if self.settings is None:
            raise RuntimeError("Acme Pay is not running")
        return self.settings

    def _transaction(self, charge: GatewayCharge) -> str:
        return f"{self._running().account}-{sha256(charge.idempotency_key.encode()).hexdigest()[:32]}"
