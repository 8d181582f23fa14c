"""The service other modules get for ``service(Payments)``."""

from uuid import UUID

from hub_hookspecs import ModuleContext, current_session

from ..interface import GatewayAnswer, Intent, Money
from ..models import PaymentIntent
from ..schemas import IntentCreate, MoneyWrite
from .cashier import Cashier
from .gateways import running
from .settlement import settled


class PaymentsService:
    """``Payments`` in the transaction of whoever calls; the settings are those of payments, not of the caller."""

    def __init__(self, context: ModuleContext) -> None:
        self._settings = context.settings

    async def create_intent(
        self,
        amount: Money,
        *,
        reference: str,
        idempotency_key: str,
        gateway: str | None = None,
        description: str = "",
    ) -> Intent:
        cashier = self._cashier()
        cashier.check_money(amount)
        wanted = IntentCreate(
            amount=MoneyWrite(minor=amount.minor, currency=amount.currency),
            reference=reference,
            gateway=gateway,
            description=description,
        )
        return await self._present((await cashier.create(wanted, idempotency_key)).answer.id)

    async def capture(self, intent: UUID, *, idempotency_key: str) -> Intent:
        return await self._present((await self._cashier().capture(intent, idempotency_key)).answer.id)

    async def cancel(self, intent: UUID) -> Intent:
        return (await self._cashier().cancel(intent)).as_intent()

    async def settle(self, gateway: str, answer: GatewayAnswer) -> Intent:
        return (await settled(current_session(), self._cashier(), gateway, answer)).as_intent()

    async def intent(self, intent: UUID) -> Intent | None:
        found = await current_session().get(PaymentIntent, intent)
        return found.as_intent() if found else None

    def _cashier(self) -> Cashier:
        return Cashier(current_session(), self._settings, running())

    async def _present(self, intent: UUID) -> Intent:
        found = await current_session().get_one(PaymentIntent, intent)
        return found.as_intent()
