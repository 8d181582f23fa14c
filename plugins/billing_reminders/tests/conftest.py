"""Invoices of billing in a whole hub, made over HTTP as people make them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hub_module_billing.models import Invoice

BILLING = "/api/v1/billing"
MakeInvoice = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def hub_module_settings() -> dict[str, dict[str, Any]]:
    """Reminders up to the second level."""
    return {"billing_reminders": {"highest_level": 2}}


@pytest.fixture
def make_invoice(hub: Any) -> MakeInvoice:
    """Make an invoice: issued some days ago and due since yesterday, or a draft."""

    async def make(*, issued: bool = True) -> dict[str, Any]:
        client = hub.as_superuser
        content = {"name": "Ada", "email": "ada@example.org", "address": ["1 Main St"], "country": "DE"}
        customer = (await client.post(f"{BILLING}/customers", json=content)).json()
        lines = [{"description": "Work", "unit_price_minor": 1000}]
        draft = (await client.post(f"{BILLING}/invoices", json={"customer_id": customer["id"], "lines": lines})).json()
        if issued:
            await client.post(f"{BILLING}/invoices/{draft['id']}/issue")
            await make_overdue(hub, draft["id"])
        answer = await client.get(f"{BILLING}/invoices/{draft['id']}")
        assert answer.status_code == 200, answer.text
        invoice: dict[str, Any] = answer.json()
        return invoice

    return make


async def make_overdue(hub: Any, invoice_id: str) -> None:
    """Let time pass for one invoice."""
    async with hub.inner.database.session() as session:
        invoice = await session.get_one(Invoice, UUID(invoice_id))
        invoice.due_on = datetime.now(UTC).date() - timedelta(days=1)
