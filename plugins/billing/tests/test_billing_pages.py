"""The pages: the list, and an invoice as the document a customer gets."""

import re
from datetime import date
from typing import Any

import httpx2
import pytest

API = "/api/v1/billing"


async def drafted(client: httpx2.AsyncClient, currency: str = "EUR") -> str:
    customer = {
        "name": "<Ada>",
        "email": "ada@example.org",
        "address": ["1 Main St"],
        "country": "FR",
        "vat_id": "FR40",
    }
    customer_id = (await client.post(f"{API}/customers", json=customer)).json()["id"]
    lines = [
        {"description": "Work", "quantity": "2.5", "unit": "h", "unit_price_minor": 100000},
        {"description": "Discount", "unit_price_minor": -1005, "tax_rate": "0.07"},
    ]
    content = {"customer_id": customer_id, "currency": currency, "lines": lines, "note": "Thank you"}
    invoice_id: str = (await client.post(f"{API}/invoices", json=content)).json()["id"]
    return invoice_id


async def shown(client: httpx2.AsyncClient, path: str) -> str:
    """The words of a page, one after the other."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    text = re.sub(r"<[^>]*>", " ", answer.text).replace("&nbsp;", " ")
    words = re.sub(r"\s+", " ", text)
    return words.replace("&amp;", "&").replace("\N{MINUS SIGN}", "-")


async def test_the_document_names_everything_an_invoice_must_name(hub: Any) -> None:
    invoice_id = await drafted(hub.as_superuser)
    invoice = (await hub.as_superuser.post(f"{API}/invoices/{invoice_id}/issue")).json()
    words = await shown(hub.as_superuser, f"/billing/invoices/{invoice_id}")
    due = date.fromisoformat(invoice["due_on"])
    for expected in (
        invoice["number"],
        "&lt;Ada&gt; 1 Main St FR VAT ID FR40",
        "Work 2.5 h 1,000.00 19 % 2,500.00",
        "Discount 1 -10.05 7 % -10.05",
        "Net 2,489.95",
        "Tax 19 % on 2,500.00 475.00",
        "Tax 7 % on -10.05 -0.70",
        "Total EUR 2,964.25",
        f"Please pay EUR 2,964.25 by {due.day} {due:%B %Y}.",
        "Thank you",
    ):
        assert expected in words
    await hub.as_superuser.post(f"{API}/invoices/{invoice_id}/payments", json={})
    assert "Paid on" in await shown(hub.as_superuser, f"/billing/invoices/{invoice_id}")


@pytest.mark.parametrize(("currency", "total"), [("JPY", "296,425"), ("KWD", "296.425")])
async def test_the_document_shows_the_decimals_of_its_currency(hub: Any, currency: str, total: str) -> None:
    invoice_id = await drafted(hub.as_superuser, currency)
    assert f"Total {currency} {total}" in await shown(hub.as_superuser, f"/billing/invoices/{invoice_id}")


async def test_without_a_seller_the_document_says_that_it_is_no_valid_invoice(hub: Any) -> None:
    words = await shown(hub.as_superuser, f"/billing/invoices/{await drafted(hub.as_superuser)}")
    assert "This document names no seller, so it is not a valid invoice." in words
    assert "This is a draft. Nothing is owed until it is issued." in words


async def test_a_void_invoice_says_that_nothing_is_owed(hub: Any) -> None:
    invoice_id = await drafted(hub.as_superuser)
    for act in ("issue", "void"):
        await hub.as_superuser.post(f"{API}/invoices/{invoice_id}/{act}")
    assert "Nothing is owed." in await shown(hub.as_superuser, f"/billing/invoices/{invoice_id}")


async def test_the_style_sheets_are_served_and_lay_out_paper(hub: Any) -> None:
    invoice_id = await drafted(hub.as_superuser)
    page = (await hub.as_superuser.get(f"/billing/invoices/{invoice_id}")).text
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    style = await hub.client.get(address)
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "@media print" in style.text
    assert "size: A4" in style.text
    assert "http:" not in page.replace("http://hub.test", "")
    assert (await hub.client.get("/static/modules/billing/list.css")).status_code == 200


async def test_the_list_links_every_invoice_and_filters_by_status(hub: Any) -> None:
    assert "No invoices yet." in await shown(hub.as_superuser, "/billing")
    draft, issued = await drafted(hub.as_superuser), await drafted(hub.as_superuser)
    number = (await hub.as_superuser.post(f"{API}/invoices/{issued}/issue")).json()["number"]
    page = (await hub.as_superuser.get("/billing")).text
    assert f"/billing/invoices/{draft}" in page
    assert f"/billing/invoices/{issued}" in page
    words = await shown(hub.as_superuser, "/billing")
    assert f"{number} &lt;Ada&gt;" in words
    assert "issued 2,964.25 EUR" in words
    only = (await hub.as_superuser.get("/billing?status=draft")).text
    assert draft in only
    assert issued not in only


async def test_a_long_list_leads_on_to_older_invoices(hub: Any) -> None:
    made = [await drafted(hub.as_superuser) for _ in range(3)]
    page = (await hub.as_superuser.get("/billing?limit=2")).text
    (older,) = re.findall(r'href="([^"]+)" rel="next"', page)
    following = (await hub.as_superuser.get(older.replace("&amp;", "&"))).text
    assert [invoice_id for invoice_id in made if invoice_id in following] == [min(made)]


async def test_the_pages_are_for_those_who_may_read_invoices(hub: Any) -> None:
    for path in ("/billing", f"/billing/invoices/{await drafted(hub.as_superuser)}"):
        assert (await hub.client.get(path)).status_code == 303
        assert (await hub.as_principal("billing.customer.read").get(path)).status_code == 403
        assert (await hub.as_principal("billing.invoice.read").get(path)).status_code == 200
