"""A hub whose operator has configured billing."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

API = "/api/v1/billing"
SELLER = {
    "name": "Works & Sons",
    "address": ["2 Side St", "10115 Berlin"],
    "country": "DE",
    "vat_id": "DE987654321",
    "email": "billing@works.example",
    "payment_details": ["IBAN DE02 1203 0000 0000 2020 51"],
}


@pytest.fixture
def hub_module_settings() -> Mapping[str, Mapping[str, Any]]:
    configured = {
        "currency": "CHF",
        "tax_rate": "0.081",
        "invoice_prefix": "R/",
        "payment_days": 30,
        "seller": SELLER,
    }
    return {"billing": configured}


async def test_an_invoice_follows_the_settings(hub: Any) -> None:
    client = hub.as_superuser
    customer = {"name": "Ada", "email": "ada@example.org", "address": ["1 Main St"], "country": "FR"}
    customer_id = (await client.post(f"{API}/customers", json=customer)).json()["id"]
    content = {"customer_id": customer_id, "lines": [{"description": "Work", "unit_price_minor": 1000}]}
    draft = (await client.post(f"{API}/invoices", json=content)).json()
    assert (draft["currency"], draft["taxes"]) == (
        "CHF",
        [{"tax_rate": "0.081", "net_minor": 1000, "tax_minor": 81}],
    )
    invoice = (await client.post(f"{API}/invoices/{draft['id']}/issue")).json()
    issued_on = date.fromisoformat(invoice["issued_on"])
    assert invoice["number"] == f"R/{issued_on.year}-00001"
    assert date.fromisoformat(invoice["due_on"]) == issued_on + timedelta(days=30)
    assert invoice["seller"] == SELLER

    page = (await client.get(f"/billing/invoices/{draft['id']}")).text
    assert "not a valid invoice" not in page
    for expected in (
        "Works &amp; Sons · 2 Side St · 10115 Berlin · DE",
        "<dt>Our VAT ID</dt><dd>DE987654321</dd>",
        "<li>IBAN DE02 1203 0000 0000 2020 51</li>",
        f"<li>Reference: {invoice['number']}</li>",
        "billing@works.example",
    ):
        assert expected in page
