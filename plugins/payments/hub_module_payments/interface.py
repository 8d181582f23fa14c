"""What other modules may import of payments: its service, its values and the extension point for gateways.

Standard library and ``hub_hookspecs`` only, so that importing it costs nothing and pulls in nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from hub_hookspecs import ExtensionPoint

payments_gateways = ExtensionPoint("payments_gateways")
"""Published as ``payments_gateways``; its version stands in the manifest of payments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in the minor unit of an ISO 4217 currency: ``Money(minor=1250, currency="EUR")`` is 12.50 euro."""

    minor: int
    currency: str


class IntentStatus(StrEnum):
    """Where an intent stands. ``succeeded``, ``failed`` and ``cancelled`` are final."""

    CREATED = "created"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What somebody means to pay, as it stood when it was read."""

    id: UUID
    status: IntentStatus
    amount: Money
    captured: Money
    refunded: Money
    gateway: str
    reference: str
    failure: str | None = None


class Payments(Protocol):
    """The service of payments: ``hub_hookspecs.service(Payments)``. It works in the caller's transaction."""

    async def create_intent(
        self, amount: Money, *, reference: str, idempotency_key: str, gateway: str = "manual", description: str = ""
    ) -> Intent:
        """Make an intent, or return the one made before with the same key.

        :param reference: what is paid for, in the caller's words: ``billing.invoice/<id>``.
        :raises Problem: 409 when the key was used with other content; 422 for an unknown gateway or currency.
        """

    async def capture(self, intent: UUID, *, idempotency_key: str) -> Intent:
        """Take the money through the intent's gateway; the answer may be *processing*.

        :raises Problem: 404 for an unknown intent, 409 when its status does not allow it.
        """

    async def cancel(self, intent: UUID) -> Intent:
        """Give up an intent that has not succeeded.

        :raises Problem: 404 for an unknown intent, 409 when its status does not allow it.
        """

    async def intent(self, intent: UUID) -> Intent | None:
        """Read an intent; ``None`` when there is none with this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCharge:
    """What a gateway is asked to take."""

    intent: UUID
    amount: Money
    reference: str
    idempotency_key: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAnswer:
    """What a gateway says: ``succeeded``, ``processing`` or ``failed``, and its own name for the transaction."""

    status: IntentStatus
    transaction: str
    failure: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Gateway(Protocol):
    """A way to take and return money. Called in the transaction of the request: be quick, be idempotent by key."""

    name: str
    title: str

    async def capture(self, charge: GatewayCharge) -> GatewayAnswer:
        """Take the money."""

    async def refund(self, charge: GatewayCharge, transaction: str) -> GatewayAnswer:
        """Return ``charge.amount`` of what ``transaction`` took."""


class PaymentsGateways:
    """The specification of the extension point ``payments_gateways``."""

    @payments_gateways.hookspec
    def payments_gateway(self) -> Gateway:
        """Offer a gateway.

        Called: once when payments starts.
        Order: load order of the modules; the first gateway with a name keeps it.
        Combined: all gateways together, by name.

        :returns: a gateway with a name of its own.
        :raises Exception: the gateway is left out and its module is named in the log.
        """
