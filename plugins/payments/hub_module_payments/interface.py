"""What other modules may import of payments: its service, its values and the extension point for gateways.

Standard library and ``hub_hookspecs`` only, so that importing it costs nothing and pulls in nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol, runtime_checkable
from uuid import UUID

from hub_hookspecs import ExtensionPoint

payments_gateways = ExtensionPoint("payments_gateways")
"""Published as ``payments_gateways``; its version stands in the manifest of payments."""

_CODES_BY_EXPONENT: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY "
        "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
        "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR "
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

CURRENCY_EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
)
"""Decimal places by code, JPY 0 and KWD 3: list one of ISO 4217 as of 2026, without its thirteen codes that have no minor
unit (metals, bond market units, testing), since nothing is paid in those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in the minor unit of an ISO 4217 currency: ``Money(minor=1250, currency="EUR")`` is 12.50 euro."""

    minor: int
    currency: str

    @property
    def decimal(self) -> Decimal:
        """The amount in the currency's main unit, exactly: ``Decimal("12.50")``."""
        sign, digits, _ = Decimal(self.minor).as_tuple()
        return Decimal((sign, digits, -CURRENCY_EXPONENTS[self.currency]))

    def __str__(self) -> str:
        """The amount as a page shows it, thousands apart: ``1,234.50 EUR``, ``1,234 JPY``, ``-0.005 KWD``."""
        return f"{self.decimal:,f} {self.currency}"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCharge:
    """What a gateway is asked to take, or to return.

    ``idempotency_key`` comes from the caller's own key: it is the same when a call is repeated, also when the first try
    was rolled back and ``intent`` is a new one.
    """

    intent: UUID
    amount: Money
    reference: str
    idempotency_key: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAnswer:
    """What a gateway says: ``succeeded``, ``processing`` or ``failed``, and its own name for the transaction.

    ``transaction`` is 1 to 255 characters, one of its kind in that gateway.
    """

    status: IntentStatus
    transaction: str
    failure: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Payments(Protocol):
    """The service of payments: ``hub_hookspecs.service(Payments)``. It works in the caller's transaction."""

    async def create_intent(
        self,
        amount: Money,
        *,
        reference: str,
        idempotency_key: str,
        gateway: str | None = None,
        description: str = "",
    ) -> Intent:
        """Make an intent, or return the one made before with the same key, as it stands now.

        :param reference: what is paid for, in the caller's words: ``billing.invoice/<id>``.
        :param gateway: the gateway's name; ``None`` for the one in the settings of payments.
        :raises Problem: 409 when the key was used with other content; 422 for an unknown gateway or currency, and for an
            amount below one minor unit.
        """

    async def capture(self, intent: UUID, *, idempotency_key: str) -> Intent:
        """Take the money through the intent's gateway; the answer may be *processing*, or *failed* with the reason.

        With a key used before, nothing is taken and the intent is returned as it stands now.

        :raises Problem: 404 for an unknown intent, 409 when its status does not allow it, 502 or 503 when the gateway
            gave no answer.
        """

    async def cancel(self, intent: UUID) -> Intent:
        """Give up an intent that has not succeeded.

        :raises Problem: 404 for an unknown intent, 409 when its status, or the gateway, does not allow it.
        """

    async def settle(self, gateway: str, answer: GatewayAnswer) -> Intent:
        """Record what became of a capture or refund that a gateway left *processing*; for gateways.

        ``answer.transaction`` says which. The same outcome may be reported again.

        :raises Problem: 404 for an unknown transaction, 409 when another outcome is recorded.
        """

    async def intent(self, intent: UUID) -> Intent | None:
        """Read an intent; ``None`` when there is none with this id."""


@runtime_checkable
class Gateway(Protocol):
    """A way to take and return money. Called in the transaction of the request: be quick, be idempotent by key.

    A gateway that cannot answer raises; nothing is recorded then, and the caller may repeat with the same key.
    """

    name: str
    title: str

    async def capture(self, charge: GatewayCharge) -> GatewayAnswer:
        """Take the money."""

    async def refund(self, charge: GatewayCharge, transaction: str) -> GatewayAnswer:
        """Return ``charge.amount`` of what ``transaction`` took."""

    async def cancel(self, transaction: str) -> GatewayAnswer:
        """Give up a capture that is *processing*; any answer but ``cancelled`` says that it was too late."""


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
