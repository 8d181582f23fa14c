"""What a person does in billing over HTTP, step by step."""

from typing import Any

import httpx2

CUSTOMER = {
    "name": "Ferrum Ltd",
    "email": "office@ferrum.example",
    "address": ["7 Anvil Street", "1010 Vienna"],
    "country": "AT",
    "vat_id": "ATU12345678",
}
LINES = [
    {"description": "Forging", "quantity": "2", "unit": "h", "unit_price_minor": 1250, "tax_rate": "0.19"},
    {"description": "Nails", "quantity": "1", "unit": "box", "unit_price_minor": 999, "tax_rate": "0.07"},
]
NET, TAX, TOTAL = 2500 + 999, 475 + 70, 4044
PLAN = {"name": "Gold", "price_minor": 1900, "interval": "month"}


def made(answer: httpx2.Response, status: int = 201) -> dict[str, Any]:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def issued_invoice(client: httpx2.Client) -> dict[str, Any]:
    """Draft and issue an invoice with two lines and two tax rates for a new customer."""
    customer = made(client.post("/api/v1/billing/customers", json=CUSTOMER))
    draft = made(client.post("/api/v1/billing/invoices", json={"customer_id": customer["id"], "lines": LINES}))
    assert (draft["status"], draft["number"]) == ("draft", None)
    issued = made(client.post(f"/api/v1/billing/invoices/{draft['id']}/issue"), 200)
    assert issued["status"] == "issued"
    assert (issued["net_minor"], issued["tax_minor"], issued["total_minor"]) == (NET, TAX, TOTAL)
    return issued
