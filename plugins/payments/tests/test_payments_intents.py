"""Intents over HTTP: made, listed, read, captured, cancelled."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx2

Post = Callable[..., Awaitable[httpx2.Response]]
Make = Callable[..., Awaitable[Any]]

INTENTS = "/api/v1/payments/intents"
BODY = {"amount": {"minor": 1250, "currency": "EUR"}, "reference": "order/1"}
REFUSED = [
    ({**BODY, "amount": {"minor": 100, "currency": "EUX"}}, "payments.currency_unknown"),
    ({**BODY, "amount": {"minor": 100, "currency": "XAU"}}, "payments.currency_unknown"),
    ({**BODY, "gateway": "none_such"}, "payments.gateway_unknown"),
    ({**BODY, "amount": {"minor": 0, "currency": "EUR"}}, "validation_failed"),
    ({**BODY, "amount": {"minor": -1, "currency": "EUR"}}, "validation_failed"),
    ({**BODY, "amount": {"minor": 10**15 + 1, "currency": "EUR"}}, "validation_failed"),
    ({**BODY, "amount": {"minor": 12.5, "currency": "EUR"}}, "validation_failed"),
    ({**BODY, "amount": {"minor": True, "currency": "EUR"}}, "validation_failed"),
    ({**BODY, "amount": {"minor": "100", "currency": "EUR"}}, "validation_failed"),
    ({**BODY, "amount": {"minor": 100, "currency": "eur"}}, "validation_failed"),
    ({**BODY, "reference": ""}, "validation_failed"),
    ({**BODY, "reference": "nul\x00"}, "validation_failed"),
    ({**BODY, "reference": "x" * 256}, "validation_failed"),
    ({**BODY, "referense": "misspelled"}, "validation_failed"),
]


async def test_an_intent_is_made_and_read(post: Post, clerk: httpx2.AsyncClient) -> None:
    made = await post("", {**BODY, "description": "Two chairs"})
    assert made.status_code == 201
    intent = made.json()
    assert intent["status"] == "created"
    assert intent["amount"] == {"minor": 1250, "currency": "EUR", "exponent": 2}
    assert intent["captured"]["minor"] == intent["refunded"]["minor"] == 0
    assert (intent["gateway"], intent["reference"], intent["description"]) == ("manual", "order/1", "Two chairs")
    assert intent["failure"] is None
    read = await clerk.get(f"{INTENTS}/{intent['id']}")
    assert (read.status_code, read.json()) == (200, intent)


async def test_amounts_say_how_many_decimals_their_currency_has(new_intent: Make) -> None:
    for currency, exponent in (("JPY", 0), ("KWD", 3)):
        assert (await new_intent(currency=currency))["amount"]["exponent"] == exponent


async def test_the_largest_amount_is_kept_exactly(captured_intent: Make) -> None:
    assert (await captured_intent(minor=10**15))["captured"]["minor"] == 10**15


async def test_what_cannot_be_paid_is_refused(post: Post, clerk: httpx2.AsyncClient) -> None:
    for body, code in REFUSED:
        answer = await post("", body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body
    assert (await clerk.get(INTENTS)).json()["items"] == []


async def test_capturing_through_manual_takes_the_money_at_once(new_intent: Make, post: Post) -> None:
    intent = await new_intent()
    captured = await post(f"/{intent['id']}/capture")
    assert captured.status_code == 200
    assert captured.json()["status"] == "succeeded"
    assert captured.json()["captured"] == intent["amount"]


async def test_a_second_capture_is_refused_and_says_why(captured_intent: Make, post: Post) -> None:
    intent = await captured_intent()
    again = await post(f"/{intent['id']}/capture")
    assert again.status_code == 409
    problem = again.json()
    assert (problem["code"], problem["present"]) == ("payments.transition_refused", "succeeded")
    assert "succeeded is final; make a new intent" in problem["detail"]


async def test_an_intent_is_cancelled_once(new_intent: Make, post: Post, clerk: httpx2.AsyncClient) -> None:
    intent = await new_intent()
    cancelled = await clerk.post(f"{INTENTS}/{intent['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await clerk.post(f"{INTENTS}/{intent['id']}/cancel")).status_code == 409
    assert (await post(f"/{intent['id']}/capture")).status_code == 409
    assert (await clerk.get(f"{INTENTS}/{intent['id']}")).json() == cancelled.json()


async def test_what_succeeded_cannot_be_cancelled(captured_intent: Make, clerk: httpx2.AsyncClient) -> None:
    intent = await captured_intent()
    refused = await clerk.post(f"{INTENTS}/{intent['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "payments.transition_refused")
    assert (await clerk.get(f"{INTENTS}/{intent['id']}")).json()["status"] == "succeeded"


async def test_an_unknown_intent_is_not_found(post: Post, clerk: httpx2.AsyncClient) -> None:
    unknown = uuid4()
    answers = [
        await clerk.get(f"{INTENTS}/{unknown}"),
        await clerk.get(f"{INTENTS}/{unknown}/refunds"),
        await clerk.post(f"{INTENTS}/{unknown}/cancel"),
        await post(f"/{unknown}/capture"),
        await post(f"/{unknown}/refunds", {}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "payments.intent_unknown")}


async def test_pages_follow_each_other_newest_first(new_intent: Make, clerk: httpx2.AsyncClient) -> None:
    made = [(await new_intent())["id"] for _ in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    sizes = []
    while True:
        page = (await clerk.get(INTENTS, params=query)).json()
        seen += [intent["id"] for intent in page["items"]]
        sizes.append(len(page["items"]))
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert sizes == [2, 2, 1]
    assert seen == sorted(made, reverse=True)


async def test_the_last_page_may_be_full(new_intent: Make, clerk: httpx2.AsyncClient) -> None:
    for _ in range(2):
        await new_intent()
    page = (await clerk.get(INTENTS, params={"limit": 2})).json()
    assert (len(page["items"]), page["next"]) == (2, None)


async def test_the_list_is_filtered(new_intent: Make, captured_intent: Make, clerk: httpx2.AsyncClient) -> None:
    euro, yen = await new_intent(), await new_intent(currency="JPY", reference="order/2")
    paid = await captured_intent(reference="order/3")

    async def ids(**query: str) -> set[str]:
        return {intent["id"] for intent in (await clerk.get(INTENTS, params=query)).json()["items"]}

    assert await ids() == {euro["id"], yen["id"], paid["id"]}
    assert await ids(status="succeeded") == {paid["id"]}
    assert await ids(currency="JPY") == {yen["id"]}
    assert await ids(reference="order/3") == {paid["id"]}
    assert await ids(status="created", currency="EUR") == {euro["id"]}
    assert await ids(reference="none") == set()


async def test_a_query_that_makes_no_sense_is_refused(clerk: httpx2.AsyncClient) -> None:
    for query in ("limit=0", "limit=201", "status=lost", "after=x", "reference=%00", "page=2"):
        answer = await clerk.get(f"{INTENTS}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), query


async def test_gateways_are_listed(clerk: httpx2.AsyncClient) -> None:
    listed = (await clerk.get("/api/v1/payments/gateways")).json()["items"]
    assert {"name": "manual", "title": "Manual: noted by an operator", "default": True} in listed
