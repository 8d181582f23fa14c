"""Who may do what: nobody unasked, each with the permission the manifest names."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

Make = Callable[..., Awaitable[Any]]

READ, WRITE, REFUND = "payments.intent.read", "payments.intent.write", "payments.refund.write"
INTENTS = "/api/v1/payments/intents"
ROUTES = [
    ("GET", INTENTS, READ),
    ("GET", f"{INTENTS}/{{id}}", READ),
    ("GET", f"{INTENTS}/{{id}}/refunds", READ),
    ("GET", "/api/v1/payments/gateways", READ),
    ("POST", INTENTS, WRITE),
    ("POST", f"{INTENTS}/{{id}}/capture", WRITE),
    ("POST", f"{INTENTS}/{{id}}/cancel", WRITE),
    ("POST", f"{INTENTS}/{{id}}/refunds", REFUND),
]


async def test_a_route_asks_for_its_permission_before_it_reads_the_body(hub: Any) -> None:
    for method, template, permission in ROUTES:
        path = template.format(id=uuid4())
        content = {"content": b"no json"} if method == "POST" else {}
        assert (await hub.client.request(method, path, **content)).status_code == 401, path
        others = hub.as_principal(*({READ, WRITE, REFUND} - {permission}))
        assert (await others.request(method, path, **content)).status_code == 403, path
        allowed = hub.as_principal(permission)
        assert (await allowed.request(method, path, **content)).status_code not in (401, 403), path


async def test_the_page_lists_payments_with_the_decimals_of_their_currency(hub: Any, captured_intent: Make) -> None:
    await captured_intent(minor=123450)
    await captured_intent(minor=1250, currency="KWD", reference="<b>order</b>")
    page = await hub.as_principal(READ).get("/payments")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "1,234.50 EUR" in page.text
    assert "1.250 KWD" in page.text
    assert "&lt;b&gt;order&lt;/b&gt;" in page.text
    assert "/payments?status=succeeded" in page.text


async def test_the_page_goes_on_to_older_payments(hub: Any, captured_intent: Make, new_intent: Make) -> None:
    await captured_intent(reference="older")
    await new_intent(reference="newer")
    reader = hub.as_principal(READ)
    first = (await reader.get("/payments", params={"limit": "1"})).text
    assert ("newer" in first, "<td>older</td>" in first, "Older payments" in first) == (True, False, True)
    empty = (await reader.get("/payments", params={"status": "failed"})).text
    assert "No payments that are failed yet." in empty


async def test_the_page_is_for_those_who_may_read_payments(hub: Any) -> None:
    answer = await hub.as_principal(WRITE).get("/payments")
    assert answer.status_code == 403
