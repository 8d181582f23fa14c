"""Gateways that answer later, decline, or break."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from hub_module_payments.interface import IntentStatus

Post = Callable[..., Awaitable[httpx2.Response]]
Make = Callable[..., Awaitable[Any]]

INTENTS = "/api/v1/payments/intents"


async def test_a_declined_capture_is_recorded_as_failed(scripted: Any, new_intent: Make, post: Post) -> None:
    scripted.status, scripted.failure = IntentStatus.FAILED, "card expired"
    intent = await new_intent(gateway="scripted")
    answer = await post(f"/{intent['id']}/capture")
    assert answer.status_code == 200
    declined = answer.json()
    assert (declined["status"], declined["failure"], declined["captured"]["minor"]) == ("failed", "card expired", 0)
    assert (await post(f"/{intent['id']}/capture")).status_code == 409


async def test_a_gateway_that_breaks_leaves_the_intent_as_it_was(
    scripted: Any, new_intent: Make, post: Post, clerk: httpx2.AsyncClient
) -> None:
    intent = await new_intent(gateway="scripted")
    scripted.error = RuntimeError("connection lost")
    broken = await post(f"/{intent['id']}/capture", key="k1")
    assert (broken.status_code, broken.json()["code"]) == (502, "payments.gateway_failed")
    assert "connection lost" not in broken.text
    assert (await clerk.get(f"{INTENTS}/{intent['id']}")).json() == intent
    scripted.error, scripted.status = None, IntentStatus.SUCCEEDED
    assert (await post(f"/{intent['id']}/capture", key="k1")).json()["status"] == "succeeded"
    first, second = scripted.charges
    assert first == second, "the gateway must be able to tell that it is the same request"


async def test_an_intent_whose_gateway_left_waits_for_it(
    hub: Any, scripted: Any, new_intent: Make, post: Post, clerk: httpx2.AsyncClient
) -> None:
    from hub_module_payments.services.gateways import running, serving

    intent = await new_intent(gateway="scripted")
    with serving({name: gateway for name, gateway in running().items() if name != "scripted"}):
        absent = await post(f"/{intent['id']}/capture")
    assert (absent.status_code, absent.json()["code"]) == (503, "payments.gateway_absent")
    assert (await clerk.get(f"{INTENTS}/{intent['id']}")).json()["status"] == "created"


async def test_a_processing_capture_is_cancelled_with_its_gateway(
    scripted: Any, new_intent: Make, post: Post, clerk: httpx2.AsyncClient
) -> None:
    intent = await new_intent(gateway="scripted")
    assert (await post(f"/{intent['id']}/capture")).json()["status"] == "processing"
    cancelled = await clerk.post(f"{INTENTS}/{intent['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")


async def test_a_cancel_that_comes_too_late_changes_nothing(
    scripted: Any, new_intent: Make, post: Post, clerk: httpx2.AsyncClient
) -> None:
    scripted.cancels_to = IntentStatus.SUCCEEDED
    intent = await new_intent(gateway="scripted")
    await post(f"/{intent['id']}/capture")
    late = await clerk.post(f"{INTENTS}/{intent['id']}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "payments.cancel_refused")
    assert (await clerk.get(f"{INTENTS}/{intent['id']}")).json()["status"] == "processing"
