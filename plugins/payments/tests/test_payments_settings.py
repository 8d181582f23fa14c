"""What the settings decide: the gateway of intents that name none, and the currencies that may be paid in."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx2
import pytest

Post = Callable[..., Awaitable[httpx2.Response]]

BODY = {"amount": {"minor": 1250, "currency": "EUR"}, "reference": "order/1"}


@pytest.fixture
def hub_module_settings() -> Mapping[str, Mapping[str, Any]]:
    """A default gateway that no module offers, and two currencies."""
    return {"payments": {"default_gateway": "card", "currencies": ["EUR", "JPY"]}}


async def test_without_its_default_gateway_the_module_is_degraded_and_serves(hub: Any, post: Post) -> None:
    health = await hub.client.get("/health/modules/payments")
    assert health.json()["status"] == "degraded"
    assert health.json()["detail"].startswith("the default gateway 'card' is not here; here are: ")
    refused = await post("", BODY)
    assert (refused.status_code, refused.json()["code"]) == (422, "payments.gateway_unknown")
    assert (await post("", {**BODY, "gateway": "manual"})).status_code == 201


async def test_no_gateway_is_listed_as_the_default(clerk: httpx2.AsyncClient) -> None:
    listed = (await clerk.get("/api/v1/payments/gateways")).json()["items"]
    assert [gateway["name"] for gateway in listed if gateway["default"]] == []


async def test_only_the_currencies_of_the_settings_may_be_paid_in(post: Post) -> None:
    def body(currency: str) -> Any:
        return {**BODY, "gateway": "manual", "amount": {"minor": 100, "currency": currency}}

    assert [(await post("", body(currency))).status_code for currency in ("EUR", "JPY")] == [201, 201]
    refused = await post("", body("USD"))
    assert (refused.status_code, refused.json()["code"]) == (422, "payments.currency_not_allowed")
    assert refused.json()["detail"] == "payments in USD are not allowed here; allowed: EUR, JPY"
