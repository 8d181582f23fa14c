"""A module that extends another one is installed from its wheel into a hub that has data, and leaves it again."""

from pathlib import Path

import pytest

from tests.wheels.billing_calls import issued_invoice, made
from tests.wheels.conftest import run
from tests.wheels.hub_process import hub_up


@pytest.mark.usefixtures("billing_reminders")
def test_invoices_get_a_dunning_level_and_lose_it_with_the_module(
    hub: Path, python: Path, tmp_path: Path, database_url: str
) -> None:
    with hub_up(hub, tmp_path, database_url) as running, running.client(running.token) as client:
        token = running.token
        address = f"/api/v1/billing/invoices/{issued_invoice(client)['id']}"
        with_level = made(client.get(address), 200)
        assert with_level.pop("dunning") == {"level": 0, "last_reminded_at": None}
        reminded = client.post(f"/api/v1/billing_reminders/invoices/{with_level['id']}/reminders")
        assert (reminded.status_code, reminded.json()["code"]) == (409, "billing_reminders.invoice_not_overdue")
    run(python, "-m", "pip", "uninstall", "-q", "-y", "hub-module-billing-reminders")
    with hub_up(hub, tmp_path, database_url) as running, running.client(token) as client:
        assert made(client.get(address), 200) == with_level
        assert client.get("/api/v1/billing_reminders/overdue").status_code == 503
