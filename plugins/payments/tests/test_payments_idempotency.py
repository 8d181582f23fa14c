"""An idempotency key: the same content is answered alike and done once, other content is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from hub_module_payments.services.idempotency import request_hash

Post = Callable[..., Awaitable[httpx2.Response]]
Make = Callable[..., Awaitable[Any]]

INTENTS = "/api/v1/payments/intents"
BODY = {"amount": {"minor": 1250, "currency": "EUR"}, "reference": "order/1"}


def test_the_hash_does_not_depend_on_the_order_of_members() -> None:
    assert request_hash({"a": 1, "b": {"c": 2, "d": None}}) == request_hash({"b": {"d": None, "c": 2}, "a": 1})
    assert request_hash({"a": 1}) != request_hash({"a": "1"})
    assert len(request_hash({})) == 64


async def test_a_repeated_creation_is_answered_as_the_first_time(post: Post, clerk: httpx2.AsyncClient) -> None:
    first = await post("", BODY, key="k1")
    assert "Idempotency-Replayed" not in first.headers
    assert (await post(f"/{first.json()['id']}/capture")).json()["status"] == "succeeded"
    again = await post("", {"reference": BODY["reference"], "amount": BODY["amount"], "description": ""}, key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len((await clerk.get(INTENTS)).json()["items"]) == 1


async def test_a_key_with_other_content_is_refused(post: Post, clerk: httpx2.AsyncClient) -> None:
    await post("", BODY, key="k1")
    other = await post("", {**BODY, "reference": "order/2"}, key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "payments.idempotency_key_reused")
    assert len((await clerk.get(INTENTS)).json()["items"]) == 1


async def test_a_repeated_capture_takes_the_money_once(new_intent: Make, post: Post) -> None:
    intent = await new_intent()
    first = await post(f"/{intent['id']}/capture", key="k1")
    again = await post(f"/{intent['id']}/capture", key="k1")
    assert (again.status_code, again.json()) == (200, first.json())
    other = await new_intent()
    assert (await post(f"/{other['id']}/capture", key="k1")).status_code == 409


async def test_a_repeated_refund_returns_the_money_once(
    captured_intent: Make, post: Post, clerk: httpx2.AsyncClient
) -> None:
    intent = await captured_intent(minor=1000)
    path = f"/{intent['id']}/refunds"
    first = await post(path, {"amount_minor": 400}, key="k1")
    again = await post(path, {"amount_minor": 400}, key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert (await post(path, {"amount_minor": 401}, key="k1")).status_code == 409
    assert (await clerk.get(f"{INTENTS}/{intent['id']}")).json()["refunded"]["minor"] == 400


async def test_one_key_may_stand_for_a_creation_and_a_capture(post: Post) -> None:
    intent = (await post("", BODY, key="k1")).json()
    assert (await post(f"/{intent['id']}/capture", key="k1")).status_code == 200


async def test_what_failed_leaves_the_key_free(post: Post) -> None:
    assert (await post("", {**BODY, "gateway": "none_such"}, key="k1")).status_code == 422
    assert (await post("", BODY, key="k1")).status_code == 201


async def test_the_same_request_many_times_at_once_is_done_once(post: Post, clerk: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(*(post("", BODY, key="k1") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len((await clerk.get(INTENTS)).json()["items"]) == 1


async def test_different_requests_with_one_key_at_once_let_one_win(post: Post, clerk: httpx2.AsyncClient) -> None:
    bodies = [{**BODY, "reference": f"order/{number}"} for number in range(6)]
    answers = await asyncio.gather(*(post("", body, key="k1") for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert len((await clerk.get(INTENTS)).json()["items"]) == 1


async def test_the_key_is_required_where_money_moves(new_intent: Make, clerk: httpx2.AsyncClient) -> None:
    intent = await new_intent()
    for path, body in (("", BODY), (f"/{intent['id']}/capture", None), (f"/{intent['id']}/refunds", {})):
        answer = await clerk.post(f"{INTENTS}{path}", json=body)
        assert answer.status_code == 422
        assert "Idempotency-Key" in answer.json()["detail"]


async def test_a_key_that_cannot_be_kept_is_refused(post: Post) -> None:
    for key in ("a key with spaces", "x" * 256):
        assert (await post("", BODY, key=key)).status_code == 422, key
