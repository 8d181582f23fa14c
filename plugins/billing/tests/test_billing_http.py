"""Billing over HTTP in a whole hub: the main way, refusals, and who may do what."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

API = "/api/v1/billing"
ADA = {
    "name": "Ada",
    "email": "ada@example.org",
    "address": ["1 Main St", "20095 Hamburg"],
    "country": "DE",
    "vat_id": "DE123456789",
}
LINES = [
    {"description": "Work", "quantity": "2.5", "unit": "h", "unit_price_minor": 9500},
    {"description": "Book", "unit_price_minor": 2490, "tax_rate": "0.07"},
]


async def made(client: httpx2.AsyncClient, path: str, content: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"{API}/{path}", json=content)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def drafted(client: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    customer = await made(client, "customers", ADA)
    return await made(client, "invoices", {"customer_id": customer["id"], "lines": LINES, **more})


async def issued(client: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    draft = await drafted(client, **more)
    answer = await client.post(f"{API}/invoices/{draft['id']}/issue")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_an_invoice_goes_from_draft_to_paid(hub: Any) -> None:
    client = hub.as_superuser
    draft = await drafted(client)
    assert (draft["status"], draft["number"], draft["exponent"]) == ("draft", None, 2)
    assert draft["taxes"] == [
        {"tax_rate": "0.19", "net_minor": 23750, "tax_minor": 4513},
        {"tax_rate": "0.07", "net_minor": 2490, "tax_minor": 174},
    ]
    assert (draft["net_minor"], draft["tax_minor"], draft["total_minor"]) == (26240, 4687, 30927)
    invoice = (await client.post(f"{API}/invoices/{draft['id']}/issue")).json()
    assert invoice["number"].startswith("INV-20")
    assert invoice["number"].endswith("-00001")
    assert invoice["billed_to"] == ADA
    assert invoice["due_on"] > invoice["issued_on"]
    paid = await client.post(f"{API}/invoices/{draft['id']}/payments", json={"gateway": "manual"})
    assert paid.status_code == 200, paid.text
    assert paid.json()["status"] == "paid"
    assert [each["status"] for each in paid.json()["payments"]] == ["succeeded"]
    assert (await client.get(f"{API}/invoices/{draft['id']}")).json() == paid.json()
    settled = await client.post(f"{API}/invoices/{draft['id']}/settle")
    assert (settled.status_code, settled.json()) == (200, paid.json())


@pytest.mark.parametrize(
    ("currency", "price", "rate", "total", "exponent"), [("JPY", 1005, "0.10", 1106, 0), ("KWD", 1230, "0.05", 1292, 3)]
)
async def test_currencies_without_cents_are_rounded_to_their_own_minor_unit(
    hub: Any, currency: str, price: int, rate: str, total: int, exponent: int
) -> None:
    line = {"description": "Work", "unit_price_minor": price, "tax_rate": rate}
    invoice = await issued(hub.as_superuser, currency=currency, lines=[line])
    assert (invoice["currency"], invoice["total_minor"], invoice["exponent"]) == (currency, total, exponent)
    paid = await hub.as_superuser.post(f"{API}/invoices/{invoice['id']}/payments", json={})
    assert paid.json()["status"] == "paid"


async def test_a_draft_is_changed_and_discarded(hub: Any) -> None:
    client = hub.as_superuser
    draft = await drafted(client)
    content = {"customer_id": draft["customer_id"], "note": "new", "lines": list(reversed(LINES))}
    changed = (await client.put(f"{API}/invoices/{draft['id']}", json=content)).json()
    assert (changed["note"], [line["description"] for line in changed["lines"]]) == ("new", ["Book", "Work"])
    assert changed["total_minor"] == draft["total_minor"]
    assert (await client.get(f"{API}/invoices/{draft['id']}")).json() == changed
    assert (await client.delete(f"{API}/invoices/{draft['id']}")).status_code == 204
    gone = await client.get(f"{API}/invoices/{draft['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "billing.invoice_not_found")


async def test_moves_the_table_does_not_know_are_refused(hub: Any) -> None:
    client = hub.as_superuser
    draft, invoice = await drafted(client), await issued(client)
    void = (await client.post(f"{API}/invoices/{invoice['id']}/void")).json()
    assert (void["status"], void["number"]) == ("void", invoice["number"])
    for invoice_id, act, code in [
        (draft["id"], "void", "invoice_move_illegal"),
        (draft["id"], "payments", "invoice_move_illegal"),
        (invoice["id"], "issue", "invoice_move_illegal"),
        (invoice["id"], "void", "invoice_move_illegal"),
        (invoice["id"], "payments", "invoice_move_illegal"),
    ]:
        refused = await client.post(f"{API}/invoices/{invoice_id}/{act}", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, f"billing.{code}")
    content = {"customer_id": invoice["customer_id"], "lines": LINES}
    for refused in (
        await client.put(f"{API}/invoices/{invoice['id']}", json=content),
        await client.delete(f"{API}/invoices/{invoice['id']}"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "billing.invoice_not_draft")
        assert refused.json()["detail"] == (
            f"Invoice {invoice['number']} is void and its content is fixed; void it and draft another one instead"
        )


async def test_a_refused_gateway_leaves_the_invoice_as_it_was(hub: Any) -> None:
    invoice = await issued(hub.as_superuser)
    refused = await hub.as_superuser.post(f"{API}/invoices/{invoice['id']}/payments", json={"gateway": "nowhere"})
    assert refused.status_code == 422
    assert (await hub.as_superuser.get(f"{API}/invoices/{invoice['id']}")).json() == invoice


async def test_a_period_is_billed_once(hub: Any) -> None:
    client = hub.as_superuser
    customer = await made(client, "customers", ADA)
    plan = await made(client, "plans", {"name": "Hosting", "price_minor": 999, "interval": "month"})
    assert (plan["currency"], plan["tax_rate"]) == ("EUR", "0.19")
    wanted = {"customer_id": customer["id"], "plan_id": plan["id"], "started_on": "2026-01-31"}
    subscription = await made(client, "subscriptions", wanted)
    path = f"{API}/subscriptions/{subscription['id']}"
    first = await client.post(f"{path}/bill", json={"period": "2026-03-01"})
    again = await client.post(f"{path}/bill", json={"period": "2026-03-30"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert (first.json()["period_start"], first.json()["period_end"]) == ("2026-02-28", "2026-03-31")
    ended = await client.post(f"{path}/end", json={"ends_on": "2026-04-30"})
    assert ended.json()["ends_on"] == "2026-04-30"
    late = await client.post(f"{path}/bill", json={"period": "2026-05-01"})
    assert (late.status_code, late.json()["code"]) == (409, "billing.period_not_billable")
    listed = await client.get(f"{API}/invoices", params={"subscription_id": subscription["id"]})
    assert [each["id"] for each in listed.json()["items"]] == [first.json()["id"]]


async def test_what_is_known_of_customers_and_plans_can_be_replaced(hub: Any) -> None:
    client = hub.as_superuser
    invoice = await issued(client)
    path = f"{API}/customers/{invoice['customer_id']}"
    changed = (await client.put(path, json={**ADA, "name": "Ada King"})).json()
    assert (await client.get(path)).json() == changed
    assert changed["name"] == "Ada King"
    assert (await client.get(f"{API}/invoices/{invoice['id']}")).json()["billed_to"] == ADA
    plan = await made(client, "plans", {"name": "Hosting", "price_minor": 999, "interval": "month", "currency": "CHF"})
    content = {"name": "Hosting", "price_minor": 1999, "interval": "year", "currency": "CHF", "tax_rate": "0.081"}
    changed = (await client.put(f"{API}/plans/{plan['id']}", json=content)).json()
    assert {name: changed[name] for name in content} == content
    assert (await client.get(f"{API}/plans/{plan['id']}")).json() == changed


async def test_lists_are_read_page_by_page(hub: Any) -> None:
    client = hub.as_superuser
    customers = [(await made(client, "customers", {**ADA, "name": f"Ada {number}"}))["id"] for number in range(3)]
    first = (await client.get(f"{API}/customers", params={"limit": 2})).json()
    rest = (await client.get(f"{API}/customers", params={"limit": 2, "after": first["next"]})).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == sorted(customers, reverse=True)
    assert rest["next"] is None
    assert (await client.get(f"{API}/plans")).json() == {"items": [], "next": None}
    assert (await client.get(f"{API}/subscriptions")).json() == {"items": [], "next": None}


async def test_invoices_are_filtered(hub: Any) -> None:
    client = hub.as_superuser
    draft, invoice = await drafted(client), await issued(client)
    for wanted, expected in [
        ({"status": ["draft"]}, [draft]),
        ({"status": ["draft", "issued"]}, [invoice, draft]),
        ({"customer_id": invoice["customer_id"]}, [invoice]),
        ({"issued_from": invoice["issued_on"], "due_to": invoice["due_on"]}, [invoice]),
        ({"issued_to": "2000-01-01"}, []),
    ]:
        listed = (await client.get(f"{API}/invoices", params=wanted)).json()["items"]
        assert {each["id"] for each in listed} == {each["id"] for each in expected}
    wrong = await client.get(f"{API}/invoices", params={"status": "lost"})
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"lines": [{"description": "", "unit_price_minor": 1}]}, "description"),
        ({"lines": [{"description": "a\x00b", "unit_price_minor": 1}]}, "description"),
        ({"lines": [{"description": "Work", "unit_price_minor": 1, "quantity": "1.00001"}]}, "quantity"),
        ({"lines": [{"description": "Work", "unit_price_minor": 10**15 + 1}]}, "unit_price_minor"),
        ({"lines": [{"description": "Work", "unit_price_minor": 1, "tax_rate": "1.1"}]}, "tax_rate"),
        ({"lines": [{"description": "Work", "unit_price_minor": 1, "currency": "USD"}]}, "currency"),
        ({"currency": "XYZ"}, "currency"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_and_the_place_named(hub: Any, content: Any, place: str) -> None:
    answer = await hub.as_superuser.post(f"{API}/invoices", json={"customer_id": str(uuid4()), **content})
    assert answer.status_code == 422
    assert place in answer.text


async def test_amounts_beyond_exact_numbers_are_refused(hub: Any) -> None:
    customer = await made(hub.as_superuser, "customers", ADA)
    line = {"description": "Work", "unit_price_minor": 10**15, "quantity": "2"}
    answer = await hub.as_superuser.post(f"{API}/invoices", json={"customer_id": customer["id"], "lines": [line]})
    assert (answer.status_code, answer.json()["code"]) == (422, "billing.amount_too_large")


@pytest.mark.parametrize(
    ("method", "path", "content", "code"),
    [
        ("GET", "customers/{id}", None, "customer_not_found"),
        ("GET", "plans/{id}", None, "plan_not_found"),
        ("GET", "subscriptions/{id}", None, "subscription_not_found"),
        ("GET", "invoices/{id}", None, "invoice_not_found"),
        ("POST", "invoices", {"customer_id": "{id}"}, "customer_not_found"),
    ],
)
async def test_what_does_not_exist_is_named(hub: Any, method: str, path: str, content: Any, code: str) -> None:
    missing = str(uuid4())
    body = dict.fromkeys(content, missing) if content else None
    answer = await hub.as_superuser.request(method, f"{API}/{path.format(id=missing)}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, f"billing.{code}")
    noun = code.removesuffix("_not_found")
    assert answer.json()["detail"] == f"There is no {noun} {missing}; GET {API}/{noun}s lists them"


ROUTES = [
    ("GET", "customers", "customer.read"),
    ("POST", "customers", "customer.write"),
    ("GET", "customers/{id}", "customer.read"),
    ("PUT", "customers/{id}", "customer.write"),
    ("GET", "plans", "plan.read"),
    ("POST", "plans", "plan.write"),
    ("GET", "plans/{id}", "plan.read"),
    ("PUT", "plans/{id}", "plan.write"),
    ("GET", "subscriptions", "subscription.read"),
    ("POST", "subscriptions", "subscription.write"),
    ("GET", "subscriptions/{id}", "subscription.read"),
    ("POST", "subscriptions/{id}/end", "subscription.write"),
    ("POST", "subscriptions/{id}/bill", "subscription.write"),
    ("GET", "invoices", "invoice.read"),
    ("POST", "invoices", "invoice.write"),
    ("GET", "invoices/{id}", "invoice.read"),
    ("PUT", "invoices/{id}", "invoice.write"),
    ("DELETE", "invoices/{id}", "invoice.write"),
    ("POST", "invoices/{id}/issue", "invoice.issue"),
    ("POST", "invoices/{id}/void", "invoice.issue"),
    ("POST", "invoices/{id}/payments", "invoice.pay"),
    ("POST", "invoices/{id}/settle", "invoice.pay"),
]


async def test_every_route_asks_for_its_own_permission_before_it_reads_the_body(hub: Any) -> None:
    everything = {f"billing.{permission}" for _, _, permission in ROUTES}
    for method, path, permission in ROUTES:
        url = f"{API}/{path.format(id=uuid4())}"
        nobody = await hub.client.request(method, url, content=b"{")
        assert nobody.status_code == 401, (method, path)
        others = hub.as_principal(*(everything - {f"billing.{permission}"}))
        refused = await others.request(method, url, content=b"{")
        assert refused.status_code == 403, (method, path)
        allowed = hub.as_principal(f"billing.{permission}")
        assert (await allowed.request(method, url)).status_code not in (401, 403), (method, path)


async def test_the_routes_that_are_tested_are_the_routes_there_are(hub: Any) -> None:
    paths = (await hub.as_superuser.get("/openapi.json")).json()["paths"]
    served = {
        (method.upper(), path.removeprefix(f"{API}/"))
        for path, methods in paths.items()
        if path.startswith(f"{API}/")
        for method in methods
    }
    known = {(method, path) for method, path, _ in ROUTES}
    assert {(method, path.replace(name, "id")) for method, path in served for name in [_name(path)]} == known


def _name(path: str) -> str:
    return path.partition("{")[2].partition("}")[0] or "id"
