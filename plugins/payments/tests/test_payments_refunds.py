"""Refunds: a part or all of what was captured, never more, also when many come at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

Post = Callable[..., Awaitable[httpx2.Response]]
Make = Callable[..., Awaitable[Any]]

INTENTS = "/api/v1/payments/intents"


async def test_parts_are_refunded_until_nothing_is_left(
    captured_intent: Make, post: Post, clerk: httpx2.AsyncClient
) -> None:
    intent = await captured_intent(minor=1000)
    path = f"/{intent['id']}/refunds"
    first = await post(path, {"amount_minor": 300, "reason": "one chair broken"})
    assert first.status_code == 201
    refund = first.json()
    assert (refund["intent"], refund["status"], refund["reason"]) == (intent["id"], "succeeded", "one chair broken")
    assert refund["amount"] == {"minor": 300, "currency": "EUR", "exponent": 2}
    rest = await post(path, {})
    assert rest.json()["amount"]["minor"] == 700
    assert (await clerk.get(f"{INTENTS}/{intent['id']}")).json()["refunded"]["minor"] == 1000
    listed = (await clerk.get(f"{INTENTS}{path}")).json()["items"]
    assert [each["id"] for each in listed] == [refund["id"], rest.json()["id"]]
    nothing = await post(path, {})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "payments.refund_exceeds_captured")


async def test_more_than_was_captured_is_refused(captured_intent: Make, post: Post, clerk: httpx2.AsyncClient) -> None:
    intent = await captured_intent(minor=1000)
    refused = await post(f"/{intent['id']}/refunds", {"amount_minor": 1001})
    assert refused.status_code == 409
    assert refused.json()["refundable_minor"] == 1000
    assert "cannot be refunded by 10.01 EUR; refundable: 10.00 EUR" in refused.json()["detail"]
    assert (await clerk.get(f"{INTENTS}/{intent['id']}/refunds")).json()["items"] == []


async def test_what_was_not_captured_cannot_be_refunded(new_intent: Make, post: Post) -> None:
    intent = await new_intent()
    assert (await post(f"/{intent['id']}/refunds", {"amount_minor": 1})).status_code == 409


async def test_a_refund_that_makes_no_sense_is_refused(captured_intent: Make, post: Post) -> None:
    intent = await captured_intent()
    for body in ({"amount_minor": 0}, {"amount_minor": -5}, {"amount": 5}, {"reason": "nul\x00"}):
        assert (await post(f"/{intent['id']}/refunds", body)).status_code == 422, body


async def test_refunds_at_the_same_time_never_exceed_what_was_captured(
    captured_intent: Make, post: Post, clerk: httpx2.AsyncClient
) -> None:
    intent = await captured_intent(minor=1000)
    path = f"/{intent['id']}/refunds"
    answers = await asyncio.gather(*(post(path, {"amount_minor": 300}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    assert (await clerk.get(f"{INTENTS}/{intent['id']}")).json()["refunded"]["minor"] == 900
    assert len((await clerk.get(f"{INTENTS}{path}")).json()["items"]) == 3


async def test_captures_at_the_same_time_take_the_money_once(
    new_intent: Make, post: Post, clerk: httpx2.AsyncClient
) -> None:
    intent = await new_intent()
    answers = await asyncio.gather(*(post(f"/{intent['id']}/capture") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    assert (await clerk.get(f"{INTENTS}/{intent['id']}")).json()["captured"]["minor"] == 1250
