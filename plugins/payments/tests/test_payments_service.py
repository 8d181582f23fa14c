"""The service for other modules, in a transaction of the caller's."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from hub_hookspecs import service, uuid7
from hub_module_payments.exceptions import (
    AmountRefused,
    CurrencyUnknown,
    GatewayUnknown,
    IdempotencyKeyReused,
    IntentUnknown,
    OutcomeRecorded,
    TransactionUnknown,
    TransitionRefused,
)
from hub_module_payments.interface import GatewayAnswer, Intent, IntentStatus, Money, Payments
from hub_module_payments.models import PaymentIntent
from sqlalchemy import update

Transaction = Callable[[], AbstractAsyncContextManager[Any]]

EURO = Money(minor=1250, currency="EUR")


@pytest.fixture
def transaction(hub: Any) -> Transaction:
    """Open a transaction in which the contract works, as the code of a module has it."""
    opened: Transaction = hub.inner.modules["payments"].context.session
    return opened


async def create(key: str = "k1", amount: Money = EURO, **more: Any) -> Intent:
    return await service(Payments).create_intent(amount, reference="order/1", idempotency_key=key, **more)


async def test_an_intent_is_made_captured_and_read(transaction: Transaction) -> None:
    async with transaction():
        made = await create()
        assert (made.status, made.amount, made.gateway) == (IntentStatus.CREATED, EURO, "manual")
        captured = await service(Payments).capture(made.id, idempotency_key="k1")
        assert (captured.status, captured.captured) == (IntentStatus.SUCCEEDED, EURO)
    async with transaction():
        assert await service(Payments).intent(made.id) == captured
        assert await service(Payments).intent(uuid7()) is None


async def test_repeated_calls_answer_with_the_intent_as_it_stands_now(transaction: Transaction) -> None:
    async with transaction():
        made = await create()
        captured = await service(Payments).capture(made.id, idempotency_key="k1")
    async with transaction():
        assert await create() == captured
        assert await service(Payments).capture(made.id, idempotency_key="k1") == captured
        with pytest.raises(TransitionRefused):
            await service(Payments).capture(made.id, idempotency_key="another")
        with pytest.raises(IdempotencyKeyReused):
            await create(amount=Money(minor=1, currency="EUR"))


async def test_nothing_is_kept_when_the_caller_rolls_back(transaction: Transaction) -> None:
    made: list[Intent] = []

    async def give_up() -> None:
        async with transaction():
            made.append(await create())
            raise RuntimeError("the caller gave up")

    with pytest.raises(RuntimeError, match="the caller gave up"):
        await give_up()
    async with transaction():
        assert await service(Payments).intent(made[0].id) is None
        assert (await create()).id != made[0].id


async def test_a_refused_call_leaves_the_key_free_though_the_caller_goes_on(transaction: Transaction) -> None:
    async with transaction():
        with pytest.raises(GatewayUnknown):
            await create(gateway="none_such")
    async with transaction():
        assert (await create()).status is IntentStatus.CREATED


async def test_what_cannot_be_paid_is_refused(transaction: Transaction) -> None:
    refusals = [
        (Money(minor=0, currency="EUR"), AmountRefused),
        (Money(minor=-1, currency="EUR"), AmountRefused),
        (Money(minor=10**15 + 1, currency="EUR"), AmountRefused),
        (Money(minor=1, currency="euro"), CurrencyUnknown),
    ]
    async with transaction():
        for amount, refusal in refusals:
            with pytest.raises(refusal):
                await create(amount=amount)


async def test_a_change_made_behind_the_sessions_back_is_seen(transaction: Transaction) -> None:
    async with transaction() as session:
        made = await create()
        held = await session.get_one(PaymentIntent, made.id)
        statement = update(PaymentIntent).where(PaymentIntent.id == made.id).values(status=IntentStatus.CANCELLED)
        await session.execute(statement, execution_options={"synchronize_session": False})
        assert held.status is IntentStatus.CREATED, "what the session holds is old"
        with pytest.raises(TransitionRefused):
            await service(Payments).capture(made.id, idempotency_key="k1")


async def test_a_gateway_reports_the_outcome_of_what_it_left_processing(
    transaction: Transaction, scripted: Any
) -> None:
    async with transaction():
        made = await create(gateway="scripted")
        processing = await service(Payments).capture(made.id, idempotency_key="k1")
        assert (processing.status, processing.captured.minor) == (IntentStatus.PROCESSING, 0)
    (charge,) = scripted.charges
    assert (charge.intent, charge.amount, charge.idempotency_key) == (made.id, EURO, "capture:k1")
    async with transaction():
        settled = await service(Payments).settle("scripted", outcome(IntentStatus.SUCCEEDED))
        assert (settled.status, settled.captured) == (IntentStatus.SUCCEEDED, EURO)
        assert await service(Payments).settle("scripted", outcome(IntentStatus.SUCCEEDED)) == settled
        with pytest.raises(OutcomeRecorded):
            await service(Payments).settle("scripted", outcome(IntentStatus.FAILED))


async def test_an_outcome_of_something_unknown_is_refused(transaction: Transaction, scripted: Any) -> None:
    async with transaction():
        made = await create(gateway="scripted")
        await service(Payments).capture(made.id, idempotency_key="k1")
        with pytest.raises(TransactionUnknown):
            await service(Payments).settle("manual", outcome(IntentStatus.SUCCEEDED))
        with pytest.raises(TransactionUnknown):
            await service(Payments).settle("scripted", outcome(IntentStatus.SUCCEEDED, "t-2"))


async def test_an_intent_is_cancelled(transaction: Transaction) -> None:
    async with transaction():
        made = await create()
        assert (await service(Payments).cancel(made.id)).status is IntentStatus.CANCELLED
        with pytest.raises(IntentUnknown):
            await service(Payments).cancel(uuid7())


def outcome(status: IntentStatus, transaction: str = "t-1") -> GatewayAnswer:
    return GatewayAnswer(status=status, transaction=transaction)
