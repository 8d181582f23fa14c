"""Acme's own tests, in an environment that has the hub: what is processing ends as Acme says."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from acme_gateway.config import Settings  # type: ignore[import-not-found]
from acme_gateway.gateway import AcmeGateway  # type: ignore[import-not-found]
from hub_hookspecs import uuid7
from hub_module_payments.interface import Gateway, GatewayCharge, IntentStatus, Money

SECRET = "between Acme and us"
INTENTS = "/api/v1/payments/intents"
NOTIFICATIONS = "/api/v1/acme_pay/notifications"

Notify = Callable[..., Awaitable[httpx2.Response]]


def charge(key: str, minor: int = 100) -> GatewayCharge:
    return GatewayCharge(
        intent=uuid7(), amount=Money(minor=minor, currency="EUR"), reference="order/1", idempotency_key=key
    )


async def test_a_repeated_request_is_the_same_transaction() -> None:
    gateway = AcmeGateway()
    gateway.settings = Settings(account="shop-1")
    assert isinstance(gateway, Gateway)
    first, again, other = [await gateway.capture(charge(key)) for key in ("capture:a", "capture:a", "capture:b")]
    assert first == again
    assert first.transaction != other.transaction
    assert first.transaction.startswith("shop-1-")


async def test_what_is_above_the_limit_is_declined() -> None:
    gateway = AcmeGateway()
    gateway.settings = Settings(declines_above=99)
    answer = await gateway.capture(charge("capture:a"))
    assert (answer.status, answer.failure) == (IntentStatus.FAILED, "amount above the limit")


@pytest.fixture
def hub_module_settings() -> Mapping[str, Mapping[str, Any]]:
    """What the hub of these tests is told about Acme."""
    return {"acme_pay": {"secret": SECRET}}


@pytest.fixture
async def notify(hub: Any) -> Notify:
    """Report as Acme does."""

    async def send(transaction: str, status: str, secret: str = SECRET, **more: Any) -> httpx2.Response:
        body = json.dumps({"transaction": transaction, "status": status, **more}).encode()
        signature = hmac.digest(secret.encode(), body, "sha256").hex()
        answer: httpx2.Response = await hub.client.post(
            NOTIFICATIONS, content=body, headers={"Acme-Signature": signature}
        )
        return answer

    return send


class Payment:
    """An intent through Acme, and the names Acme gave to what moved."""

    def __init__(self, client: httpx2.AsyncClient, intent: Any) -> None:
        self._client, self.path = client, f"{INTENTS}/{intent['id']}"

    async def post(self, step: str, body: Any = None) -> tuple[Any, str]:
        key = str(uuid4())
        answer = await self._client.post(f"{self.path}/{step}", json=body, headers={"Idempotency-Key": key})
        gateway = AcmeGateway()
        gateway.settings = Settings()
        prefix = "refund" if step == "refunds" else step
        return answer.json(), gateway._transaction(charge(f"{prefix}:{key}"))

    async def now(self) -> Any:
        return (await self._client.get(self.path)).json()


@pytest.fixture
async def payment(hub: Any) -> Payment:
    client = hub.as_principal("payments.*")
    body = {"amount": {"minor": 1000, "currency": "EUR"}, "reference": "order/1", "gateway": "acme"}
    made = await client.post(INTENTS, json=body, headers={"Idempotency-Key": str(uuid4())})
    assert made.status_code == 201, made.text
    return Payment(client, made.json())


async def test_a_capture_succeeds_when_acme_says_so(payment: Payment, notify: Notify) -> None:
    captured, transaction = await payment.post("capture")
    assert (captured["status"], captured["captured"]["minor"]) == ("processing", 0)
    assert (await notify(transaction, "succeeded")).status_code == 204
    done = await payment.now()
    assert (done["status"], done["captured"]["minor"]) == ("succeeded", 1000)
    assert (await notify(transaction, "succeeded")).status_code == 204, "Acme may say it twice"
    other = await notify(transaction, "failed")
    assert (other.status_code, other.json()["code"]) == (409, "acme_pay.outcome_recorded")
    assert await payment.now() == done


async def test_a_capture_fails_with_acmes_reason(payment: Payment, notify: Notify) -> None:
    _, transaction = await payment.post("capture")
    assert (await notify(transaction, "failed", reason="no funds")).status_code == 204
    done = await payment.now()
    assert (done["status"], done["failure"], done["captured"]["minor"]) == ("failed", "no funds", 0)


async def test_a_refund_under_way_is_reserved_and_given_back_when_it_fails(payment: Payment, notify: Notify) -> None:
    _, capture = await payment.post("capture")
    await notify(capture, "succeeded")
    refund, transaction = await payment.post("refunds", {"amount_minor": 700})
    assert refund["status"] == "processing"
    assert (await payment.now())["refunded"]["minor"] == 700
    too_much, _ = await payment.post("refunds", {"amount_minor": 301})
    assert too_much["code"] == "payments.refund_exceeds_captured"
    assert (await notify(transaction, "failed", reason="account closed")).status_code == 204
    assert (await payment.now())["refunded"]["minor"] == 0
    _, again = await payment.post("refunds", {})
    assert (await notify(again, "succeeded")).status_code == 204
    assert (await payment.now())["refunded"]["minor"] == 1000


async def test_success_after_a_cancel_is_refused(payment: Payment, notify: Notify) -> None:
    _, transaction = await payment.post("capture")
    cancelled, _ = await payment.post("cancel")
    assert cancelled["status"] == "cancelled"
    assert (await notify(transaction, "succeeded")).status_code == 409
    assert (await payment.now())["status"] == "cancelled"


async def test_a_notification_must_be_signed_known_and_understood(hub: Any, payment: Payment, notify: Notify) -> None:
    _, transaction = await payment.post("capture")
    forged = await notify(transaction, "succeeded", secret="a guess")
    assert (forged.status_code, forged.json()["code"]) == (403, "acme_pay.signature_invalid")
    assert (await hub.client.post(NOTIFICATIONS, content=b"{}")).status_code == 403
    unknown = await notify("demo-unknown", "succeeded")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "acme_pay.transaction_unknown")
    odd = await notify(transaction, "perhaps")
    assert (odd.status_code, odd.json()["code"]) == (422, "acme_pay.notification_invalid")
    assert (await payment.now())["status"] == "processing"
