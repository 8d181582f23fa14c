"""The full text of every expected failure: it says what is wrong and what to do."""

from uuid import UUID

import pytest
from hub_hookspecs import Problem
from hub_module_payments.exceptions import (
    AmountRefused,
    CancelRefused,
    CurrencyRefused,
    CurrencyUnknown,
    GatewayAbsent,
    GatewayFailed,
    GatewayUnknown,
    IdempotencyKeyReused,
    IntentUnknown,
    OutcomeRecorded,
    RefundRefused,
    TransactionUnknown,
    TransitionRefused,
)
from hub_module_payments.interface import IntentStatus, Money

ID = UUID("01970000-0000-7000-8000-000000000001")
CREATED, PROCESSING, SUCCEEDED, FAILED, CANCELLED = IntentStatus


@pytest.mark.parametrize(
    ("problem", "status", "code", "detail"),
    [
        (
            IntentUnknown(ID),
            404,
            "intent_unknown",
            f"there is no payment intent {ID}; list them at /api/v1/payments/intents",
        ),
        (
            TransactionUnknown("acme", "t-1"),
            404,
            "transaction_unknown",
            "the gateway acme has no transaction 't-1' here",
        ),
        (
            TransitionRefused(ID, CREATED, SUCCEEDED, frozenset({PROCESSING, CANCELLED})),
            409,
            "transition_refused",
            f"the payment intent {ID} is created and cannot become succeeded; it may only become: cancelled, processing",
        ),
        (
            TransitionRefused(ID, SUCCEEDED, CANCELLED, frozenset()),
            409,
            "transition_refused",
            f"the payment intent {ID} is succeeded and cannot become cancelled; succeeded is final; make a new intent",
        ),
        (
            CancelRefused(ID, "acme", SUCCEEDED),
            409,
            "cancel_refused",
            (
                f"the gateway acme answers 'succeeded' to cancelling the payment intent {ID}; "
                "wait for the outcome it reports, then refund if the money was taken"
            ),
        ),
        (
            OutcomeRecorded("t-1", SUCCEEDED, FAILED),
            409,
            "outcome_recorded",
            "the transaction 't-1' is recorded as succeeded; the gateway now reports failed",
        ),
        (
            IdempotencyKeyReused("k"),
            409,
            "idempotency_key_reused",
            "the idempotency key 'k' was used before with other content; send a new key, or the same content again",
        ),
        (
            RefundRefused(ID, Money(minor=500, currency="EUR"), Money(minor=250, currency="EUR")),
            409,
            "refund_exceeds_captured",
            f"the payment intent {ID} cannot be refunded by 5.00 EUR; refundable: 2.50 EUR",
        ),
        (
            RefundRefused(ID, None, Money(minor=0, currency="EUR")),
            409,
            "refund_exceeds_captured",
            f"the payment intent {ID} has nothing left to refund; refundable: 0.00 EUR",
        ),
        (
            CurrencyUnknown("EUX"),
            422,
            "currency_unknown",
            "'EUX' is not a currency code of ISO 4217, such as EUR, JPY or KWD",
        ),
        (
            CurrencyRefused("USD", ("EUR", "CHF")),
            422,
            "currency_not_allowed",
            "payments in USD are not allowed here; allowed: CHF, EUR",
        ),
        (
            AmountRefused(0, 1000),
            422,
            "amount_out_of_range",
            "0 is no amount to pay; give 1 to 1000 minor units",
        ),
        (
            GatewayUnknown("cash", ("manual", "acme")),
            422,
            "gateway_unknown",
            "there is no payment gateway 'cash'; here are: acme, manual",
        ),
        (
            GatewayAbsent("acme"),
            503,
            "gateway_absent",
            "the payment gateway 'acme' is not running; enable the module that offers it",
        ),
        (
            GatewayFailed("acme"),
            502,
            "gateway_failed",
            "the payment gateway 'acme' gave no usable answer; nothing was recorded, repeat with the same Idempotency-Key",
        ),
    ],
)
def test_problems_say_what_is_wrong_and_what_to_do(problem: Problem, status: int, code: str, detail: str) -> None:
    assert (problem.status, problem.code, problem.detail) == (status, code, detail)
