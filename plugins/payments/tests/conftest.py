"""A clerk at the hub, and a gateway that answers what the test tells it to."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from hub_module_payments.interface import GatewayAnswer, GatewayCharge, IntentStatus
from hub_module_payments.services.gateways import running, serving

INTENTS = "/api/v1/payments/intents"

Post = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
def clerk(hub: Any) -> httpx2.AsyncClient:
    """Somebody who may do everything with payments, and nothing else."""
    client: httpx2.AsyncClient = hub.as_principal(
        "payments.intent.read", "payments.intent.write", "payments.refund.write"
    )
    return client


@pytest.fixture
def post(clerk: httpx2.AsyncClient) -> Post:
    """Post to a path below the intents, with an idempotency key: a new one, if none is given."""

    async def send(path: str = "", body: Any = None, *, key: str | None = None) -> httpx2.Response:
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await clerk.post(f"{INTENTS}{path}", json=body, headers=headers)

    return send


@pytest.fixture
def new_intent(post: Post) -> Callable[..., Awaitable[Any]]:
    """Make an intent, of 12.50 EUR if nothing else is said."""

    async def make(minor: int = 1250, currency: str = "EUR", **more: Any) -> Any:
        body = {"amount": {"minor": minor, "currency": currency}, "reference": "order/1", **more}
        answer = await post("", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return make


@pytest.fixture
def captured_intent(new_intent: Callable[..., Awaitable[Any]], post: Post) -> Callable[..., Awaitable[Any]]:
    """Make an intent and take its money."""

    async def make(**more: Any) -> Any:
        intent = await new_intent(**more)
        answer = await post(f"/{intent['id']}/capture")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return make


class ScriptedGateway:
    """Answers each request with ``status`` and remembers what it was asked; with ``error``, it raises that."""

    name = "scripted"
    title = "Scripted"

    def __init__(self) -> None:
        self.status = IntentStatus.PROCESSING
        self.cancels_to = IntentStatus.CANCELLED
        self.failure: str | None = None
        self.error: Exception | None = None
        self.charges: list[GatewayCharge] = []

    async def capture(self, charge: GatewayCharge) -> GatewayAnswer:
        return self._answer(charge)

    async def refund(self, charge: GatewayCharge, transaction: str) -> GatewayAnswer:
        return self._answer(charge)

    async def cancel(self, transaction: str) -> GatewayAnswer:
        return GatewayAnswer(status=self.cancels_to, transaction=transaction)

    def _answer(self, charge: GatewayCharge) -> GatewayAnswer:
        self.charges.append(charge)
        if self.error:
            raise self.error
        return GatewayAnswer(status=self.status, transaction=f"t-{len(self.charges)}", failure=self.failure)


@pytest.fixture
def scripted(hub: Any) -> Iterator[ScriptedGateway]:
    """The gateway ``scripted``, beside those of the installed modules."""
    gateway = ScriptedGateway()
    with serving({**running(), gateway.name: gateway}):
        yield gateway
