"""A module that extends another one comes and goes: with a purge the other one has and answers what it had and answered before."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hub_core.database import Database, parse_url
from hub_core.loading import probe_here
from hub_core.operations.describing.descriptions import Descriptions
from hub_core.operations.up import Raised, up
from hub_core.runtime import Hub
from hub_core.settings import read_settings
from hub_core.tests.operations.house import House
from hub_core.tests.operations.test_uninstalling import objects
from hub_core.tests.sample_hub import only
from hub_core.tests.sample_modules import SampleModules
from hub_core.web import application

INVOICES = "/api/v1/billing/invoices"
SHOWN = INVOICES + "/{invoice_id}"


@pytest.fixture
def billing(tmp_path: Path, database_url: str, samples: SampleModules, monkeypatch: pytest.MonkeyPatch) -> House:
    """A folder with a hub in which billing is to run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    only(tmp_path, "payments", "billing")
    return House(read_settings(tmp_path), samples)


class Served:
    """What is served after ``hub up`` in that folder, to one who may do everything."""

    def __init__(self, house: House, token: str = "") -> None:
        self._settings, self.token = house.settings, token

    async def __aenter__(self) -> httpx2.AsyncClient:
        raised: Raised = up(
            self._settings,
            agree=lambda plan: None,
            on_revision=lambda run: None,
            descriptions=Descriptions(self._settings, probe_here),
        )
        assert raised.errors == ()
        self.token = self.token or (raised.token.text if raised.token else "")
        self._hub = Hub(
            self._settings, Database(parse_url(self._settings.effective_database_url)), raised.standing, preload=True
        )
        transport = httpx2.ASGITransport(app=application(self._hub), raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {self.token}"}
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://hub.test", headers=headers)
        await self._hub.start()
        return self._client

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()
        await self._hub.stop()


async def drafted(client: httpx2.AsyncClient) -> str:
    content = {"name": "Ada", "email": "ada@example.org", "address": ["1 Main St"], "country": "DE"}
    customer = (await client.post("/api/v1/billing/customers", json=content)).json()
    lines = [{"description": "Work", "unit_price_minor": 1000}]
    invoice = (await client.post(INVOICES, json={"customer_id": customer["id"], "lines": lines})).json()
    return f"{INVOICES}/{invoice['id']}"


async def told(client: httpx2.AsyncClient, address: str) -> tuple[bytes, bytes]:
    """An invoice and the whole document of the API, byte for byte."""
    return (await client.get(address)).content, (await client.get("/openapi.json")).content


@pytest.mark.parametrize("way", ["disable", "purge"])
async def test_billing_answers_as_before_when_its_extension_is_gone(billing: House, tmp_path: Path, way: str) -> None:
    async with (first := Served(billing)) as client:
        address = await drafted(client)
        before = await told(client, address)
    tables, rows = objects(billing), billing.all(tmp_path)
    billing.change("enable", "billing_reminders")
    async with Served(billing, first.token) as client:
        invoice, document = await told(client, address)
        assert invoice == before[0][:-1] + b',"dunning":{"level":0,"last_reminded_at":null}}'
        assert b"billing_reminders.DunningFields" in document
    if way == "disable":
        billing.change("disable", "billing_reminders")
    else:
        assert objects(billing) != tables
        billing.change("uninstall", "billing_reminders", data="purge")
        assert objects(billing) == tables
        assert _of_billing(billing.all(tmp_path)) == _of_billing(rows)
    async with Served(billing, first.token) as client:
        assert await told(client, address) == before


def _of_billing(rows: Mapping[str, Any]) -> Mapping[str, Any]:
    return {module: each for module, each in rows.items() if module in ("billing", "payments")}
