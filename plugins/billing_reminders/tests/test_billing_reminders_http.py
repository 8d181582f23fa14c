"""Reminders over HTTP in a whole hub, beside billing."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import anyio
from hub_hookspecs.extensible import load_extensions
from hub_module_billing.models import Invoice
from hub_module_billing_reminders.models import InvoiceReminder
from sqlalchemy import func, select

BILLING, REMINDERS = "/api/v1/billing", "/api/v1/billing_reminders"
READ, SEND = "billing_reminders.reminder.read", "billing_reminders.reminder.send"
MakeInvoice = Callable[..., Awaitable[dict[str, Any]]]


async def test_an_invoice_of_billing_has_its_dunning(hub: Any, make_invoice: MakeInvoice) -> None:
    invoice = await make_invoice()
    assert invoice["dunning"] == {"level": 0, "last_reminded_at": None}
    raised = await hub.as_principal(SEND).post(f"{REMINDERS}/invoices/{invoice['id']}/reminders")
    assert (raised.status_code, raised.json()["level"]) == (200, 1)
    again = (await hub.as_superuser.get(f"{BILLING}/invoices/{invoice['id']}")).json()
    assert again["dunning"] == raised.json()
    assert again == {**invoice, "dunning": raised.json()}


async def test_who_may_not_read_the_invoice_does_not_come_by_it_through_the_wrapper(
    hub: Any, make_invoice: MakeInvoice
) -> None:
    address = f"{BILLING}/invoices/{(await make_invoice())['id']}"
    assert (await hub.client.get(address)).status_code == 401
    assert (await hub.as_principal(READ).get(address)).status_code == 403
    assert (await hub.as_principal("billing.invoice.read").get(address)).json()["dunning"]["level"] == 0


async def test_what_billing_refuses_stays_refused_in_its_words(hub: Any) -> None:
    answer = await hub.as_superuser.get(f"{BILLING}/invoices/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "billing.invoice_not_found")


async def test_nobody_is_reminded_too_early_or_too_often(hub: Any, make_invoice: MakeInvoice) -> None:
    sender = hub.as_principal(SEND)
    draft, invoice = await make_invoice(issued=False), await make_invoice()
    early = await sender.post(f"{REMINDERS}/invoices/{draft['id']}/reminders")
    assert (early.status_code, early.json()["code"]) == (409, "billing_reminders.invoice_not_overdue")
    assert early.json()["detail"] == (
        f"Draft invoice {draft['id']} is draft; only issued invoices past their due date are reminded of"
    )
    address = f"{REMINDERS}/invoices/{invoice['id']}/reminders"
    assert [(await sender.post(address)).json()["level"] for _ in range(2)] == [1, 2]
    often = await sender.post(address)
    assert (often.status_code, often.json()["code"]) == (409, "billing_reminders.highest_level_reached")
    assert often.json()["detail"] == (
        f"Invoice {invoice['number']} was reminded of 2 times, the most that highest_level in the settings allows"
    )
    unknown = await sender.post(f"{REMINDERS}/invoices/{uuid4()}/reminders")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "billing_reminders.invoice_not_found")


async def test_of_two_reminders_at_once_none_is_lost(hub: Any, make_invoice: MakeInvoice) -> None:
    address = f"{REMINDERS}/invoices/{(await make_invoice())['id']}/reminders"
    levels: list[int] = []

    async def remind() -> None:
        levels.append((await hub.as_superuser.post(address)).json()["level"])

    async with anyio.create_task_group() as callers:
        callers.start_soon(remind)
        callers.start_soon(remind)
    assert sorted(levels) == [1, 2]


async def test_reminded_and_overdue_invoices_are_listed_with_their_level(hub: Any, make_invoice: MakeInvoice) -> None:
    client = hub.as_superuser
    first, second, third = [(await make_invoice())["id"] for _ in range(3)]
    for invoice in (second, third, third):
        await client.post(f"{REMINDERS}/invoices/{invoice}/reminders")
    reminded = (await client.get(f"{REMINDERS}/invoices")).json()
    assert [(each["id"], each["dunning"]["level"]) for each in reminded] == [(third, 2), (second, 1)]
    assert [each["id"] for each in (await client.get(f"{REMINDERS}/invoices", params={"level": 2})).json()] == [third]
    overdue = (await client.get(f"{REMINDERS}/overdue")).json()
    assert [(each["id"], each["dunning"]["level"]) for each in overdue] == [(first, 0), (second, 1), (third, 2)]


async def test_deleting_an_invoice_deletes_its_reminders(hub: Any, make_invoice: MakeInvoice) -> None:
    draft, kept = await make_invoice(issued=False), await make_invoice()
    async with hub.inner.database.session() as session:
        invoices = (await session.scalars(select(Invoice))).all()
        await load_extensions(*invoices)
        for invoice in invoices:
            invoice.extensions.billing_reminders.dunning_level = 1
    assert (await hub.as_superuser.delete(f"{BILLING}/invoices/{draft['id']}")).status_code == 204
    async with hub.inner.database.session() as session:
        assert [str(each) for each in await session.scalars(select(InvoiceReminder.invoice_id))] == [kept["id"]]
        assert await session.scalar(select(func.count()).select_from(Invoice)) == 1


async def test_the_document_of_the_api_has_the_added_fields(hub: Any) -> None:
    document = (await hub.client.get("/openapi.json")).json()
    operation = document["paths"][BILLING + "/invoices/{invoice_id}"]["get"]
    assert operation["responses"]["200"]["content"]["application/json"]["schema"] == {
        "allOf": [
            {"$ref": "#/components/schemas/billing.InvoiceAnswer"},
            {"$ref": "#/components/schemas/billing_reminders.DunningFields"},
        ]
    }
    assert "dunning" in document["components"]["schemas"]["billing_reminders.DunningFields"]["properties"]
