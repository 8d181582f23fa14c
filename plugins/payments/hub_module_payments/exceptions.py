"""Expected failures of payments; each says what to do about it."""

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from hub_hookspecs import Conflict, NotFound, Problem, ServiceUnavailable

from .interface import IntentStatus, Money


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


class Unprocessable(Problem):
    """The request is well-formed, but names or holds what payments cannot work with."""

    status: ClassVar[int] = 422


class IntentUnknown(NotFound):
    """No intent has this id."""

    code = "intent_unknown"

    def __init__(self, intent: UUID) -> None:
        super().__init__(f"there is no payment intent {intent}; list them at /api/v1/payments/intents")


class TransactionUnknown(NotFound):
    """A gateway reported about a transaction that payments never started."""

    code = "transaction_unknown"

    def __init__(self, gateway: str, transaction: str) -> None:
        super().__init__(f"the gateway {gateway} has no transaction {transaction!r} here")


class TransitionRefused(Conflict):
    """The status of the intent does not allow the move."""

    code = "transition_refused"

    def __init__(self, intent: UUID, present: IntentStatus, wanted: IntentStatus, allowed: Iterable[str]) -> None:
        may = f"it may only become: {_listed(allowed)}" if allowed else f"{present} is final; make a new intent"
        super().__init__(
            f"the payment intent {intent} is {present} and cannot become {wanted}; {may}",
            present=str(present),
            wanted=str(wanted),
        )


class CancelRefused(Conflict):
    """The gateway did not give up a capture that is under way."""

    code = "cancel_refused"

    def __init__(self, intent: UUID, gateway: str, answer: IntentStatus) -> None:
        super().__init__(
            f"the gateway {gateway} answers {str(answer)!r} to cancelling the payment intent {intent}; "
            "wait for the outcome it reports, then refund if the money was taken"
        )


class OutcomeRecorded(Conflict):
    """A gateway reports another outcome than the one recorded."""

    code = "outcome_recorded"

    def __init__(self, transaction: str, recorded: IntentStatus, reported: IntentStatus) -> None:
        super().__init__(
            f"the transaction {transaction!r} is recorded as {recorded}; the gateway now reports {reported}",
            recorded=str(recorded),
            reported=str(reported),
        )


class IdempotencyKeyReused(Conflict):
    """An idempotency key came back with other content."""

    code = "idempotency_key_reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the idempotency key {key!r} was used before with other content; send a new key, or the same content again"
        )


class RefundRefused(Conflict):
    """More would be returned than was taken."""

    code = "refund_exceeds_captured"

    def __init__(self, intent: UUID, wanted: Money | None, refundable: Money) -> None:
        asked = f"cannot be refunded by {wanted}" if wanted else "has nothing left to refund"
        super().__init__(
            f"the payment intent {intent} {asked}; refundable: {refundable}", refundable_minor=refundable.minor
        )


class CurrencyUnknown(Unprocessable):
    """Not a currency of ISO 4217 that has a minor unit."""

    code = "currency_unknown"

    def __init__(self, currency: str) -> None:
        super().__init__(f"{currency!r} is not a currency code of ISO 4217, such as EUR, JPY or KWD")


class CurrencyRefused(Unprocessable):
    """A currency this hub's operator did not allow."""

    code = "currency_not_allowed"

    def __init__(self, currency: str, allowed: Iterable[str]) -> None:
        super().__init__(f"payments in {currency} are not allowed here; allowed: {_listed(allowed)}")


class AmountRefused(Unprocessable):
    """An amount that is not positive, or larger than can be stored and shown exactly."""

    code = "amount_out_of_range"

    def __init__(self, minor: int, largest: int) -> None:
        super().__init__(f"{minor} is no amount to pay; give 1 to {largest} minor units")


class GatewayUnknown(Unprocessable):
    """No running module offers the gateway that was asked for."""

    code = "gateway_unknown"

    def __init__(self, gateway: str, here: Iterable[str]) -> None:
        super().__init__(f"there is no payment gateway {gateway!r}; here are: {_listed(here)}")


class GatewayAbsent(ServiceUnavailable):
    """The gateway of an existing intent is no longer offered by a running module."""

    code = "gateway_absent"

    def __init__(self, gateway: str) -> None:
        super().__init__(f"the payment gateway {gateway!r} is not running; enable the module that offers it")


class GatewayFailed(Problem):
    """A gateway raised, or answered what makes no sense; nothing was recorded."""

    status = 502
    code = "gateway_failed"

    def __init__(self, gateway: str) -> None:
        super().__init__(
            f"the payment gateway {gateway!r} gave no usable answer; nothing was recorded, repeat with the same "
            "Idempotency-Key"
        )
