"""Takes and returns money: every change of an intent is made here, under a lock on its row."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..config import Settings
from ..exceptions import (
    AmountRefused,
    CancelRefused,
    CurrencyRefused,
    CurrencyUnknown,
    GatewayAbsent,
    GatewayUnknown,
    IntentUnknown,
    RefundRefused,
)
from ..interface import CURRENCY_EXPONENTS, Gateway, GatewayCharge, IntentStatus, Money
from ..models import Capture, PaymentIntent, Refund
from ..schemas import LARGEST_MINOR, IntentCreate, IntentRead, RefundCreate, RefundRead
from .gateway_calls import asked
from .idempotency import Recorded, once


class Cashier:
    """Works in one session, that of the request; the host commits. Gateways are called inside that transaction."""

    def __init__(self, session: AsyncSession, settings: Settings, gateways: Mapping[str, Gateway]) -> None:
        self._session, self._settings, self._gateways = session, settings, gateways

    def check_money(self, money: Money) -> None:
        """Refuse what cannot be paid here: unknown or disallowed currencies, amounts out of range."""
        if money.currency not in CURRENCY_EXPONENTS:
            raise CurrencyUnknown(money.currency)
        if self._settings.currencies and money.currency not in self._settings.currencies:
            raise CurrencyRefused(money.currency, self._settings.currencies)
        if not 0 < money.minor <= LARGEST_MINOR:
            raise AmountRefused(money.minor, LARGEST_MINOR)

    async def create(self, wanted: IntentCreate, key: str) -> Recorded[IntentRead]:
        """Make an intent."""

        async def work() -> IntentRead:
            self.check_money(Money(minor=wanted.amount.minor, currency=wanted.amount.currency))
            gateway = wanted.gateway or self._settings.default_gateway
            if gateway not in self._gateways:
                raise GatewayUnknown(gateway, self._gateways)
            intent = PaymentIntent(
                amount_minor=wanted.amount.minor,
                currency=wanted.amount.currency,
                gateway=gateway,
                reference=wanted.reference,
                description=wanted.description,
            )
            self._session.add(intent)
            await self._session.flush()
            return IntentRead.of(intent)

        return await once(self._session, "create", key, wanted.model_dump(mode="json"), IntentRead, work)

    async def capture(self, intent_id: UUID, key: str) -> Recorded[IntentRead]:
        """Take the whole amount through the intent's gateway."""

        async def work() -> IntentRead:
            intent = await self.locked(intent_id)
            intent.move(IntentStatus.PROCESSING)
            gateway = self._gateway(intent)
            charge = self._charge(intent, intent.amount_minor, f"capture:{key}")
            answer = await asked(gateway, gateway.capture(charge))
            capture = Capture(
                intent_id=intent.id,
                status=answer.status,
                amount_minor=charge.amount.minor,
                gateway=gateway.name,
                gateway_transaction=answer.transaction,
                failure=answer.failure,
            )
            self._session.add(capture)
            apply_capture(intent, capture)
            await self._session.flush()
            return IntentRead.of(intent)

        return await once(self._session, "capture", key, {"intent": str(intent_id)}, IntentRead, work)

    async def refund(self, intent_id: UUID, wanted: RefundCreate, key: str) -> Recorded[RefundRead]:
        """Return a part of what was captured, or all that is left of it."""

        async def work() -> RefundRead:
            intent = await self.locked(intent_id)
            minor = intent.refundable_minor if wanted.amount_minor is None else wanted.amount_minor
            if not 0 < minor <= intent.refundable_minor:
                asked_for = None if wanted.amount_minor is None else intent.money(minor)
                raise RefundRefused(intent.id, asked_for, intent.money(intent.refundable_minor))
            gateway = self._gateway(intent)
            capture = await self._capture(intent, IntentStatus.SUCCEEDED)
            charge = self._charge(intent, minor, f"refund:{key}")
            answer = await asked(gateway, gateway.refund(charge, capture.gateway_transaction))
            refund = Refund(
                intent_id=intent.id,
                status=answer.status,
                amount_minor=minor,
                gateway=gateway.name,
                gateway_transaction=answer.transaction,
                failure=answer.failure,
                reason=wanted.reason,
            )
            self._session.add(refund)
            if answer.status is not IntentStatus.FAILED:  # what is on its way back cannot be returned twice
                intent.refunded_minor += minor
                intent.touch()
            await self._session.flush()
            return RefundRead.of(refund, intent)

        content = {"intent": str(intent_id), **wanted.model_dump(mode="json")}
        return await once(self._session, "refund", key, content, RefundRead, work)

    async def cancel(self, intent_id: UUID) -> PaymentIntent:
        """Give up an intent, and what its gateway has under way."""
        intent = await self.locked(intent_id)
        present = intent.status
        intent.move(IntentStatus.CANCELLED)
        if present is IntentStatus.PROCESSING:
            gateway = self._gateway(intent)
            capture = await self._capture(intent, IntentStatus.PROCESSING)
            answer = await asked(gateway, gateway.cancel(capture.gateway_transaction), cancelling=True)
            if answer.status is not IntentStatus.CANCELLED:
                raise CancelRefused(intent.id, gateway.name, answer.status)
            capture.status = IntentStatus.CANCELLED
        await self._session.flush()
        return intent

    async def locked(self, intent_id: UUID) -> PaymentIntent:
        """The intent, its row locked until the transaction ends (on SQLite the transaction holds the only write lock)."""
        statement = select(PaymentIntent).where(PaymentIntent.id == intent_id).with_for_update()
        found = await self._session.scalar(statement, execution_options={"populate_existing": True})
        if found is None:
            raise IntentUnknown(intent_id)
        return found

    async def _capture(self, intent: PaymentIntent, status: IntentStatus) -> Capture:
        captures = await self._session.scalars(select(Capture).filter_by(intent_id=intent.id, status=status))
        return captures.one()

    def _gateway(self, intent: PaymentIntent) -> Gateway:
        try:
            return self._gateways[intent.gateway]
        except KeyError:
            raise GatewayAbsent(intent.gateway) from None

    def _charge(self, intent: PaymentIntent, minor: int, key: str) -> GatewayCharge:
        return GatewayCharge(
            intent=intent.id,
            amount=intent.money(minor),
            reference=intent.reference,
            idempotency_key=key,
            description=intent.description,
        )


def apply_capture(intent: PaymentIntent, capture: Capture) -> None:
    """Move the intent, which is processing, to where its capture went."""
    if capture.status is IntentStatus.PROCESSING:
        return
    intent.move(capture.status)
    intent.failure = capture.failure
    if capture.status is IntentStatus.SUCCEEDED:
        intent.captured_minor = capture.amount_minor
