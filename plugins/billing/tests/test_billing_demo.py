"""Demo data shows what billing does: customers, a plan, a subscription that can be billed."""

from pathlib import Path
from typing import Any

import pytest

API = "/api/v1/billing"


@pytest.fixture(autouse=True)
def with_demo_data(tmp_path: Path) -> None:
    modules = "[modules.payments]\nenabled = true\n[modules.billing]\nenabled = true\ndemo = true\n"
    (tmp_path / "hub.toml").write_text(modules)


async def test_demo_data_can_be_worked_with(hub: Any) -> None:
    client = hub.as_superuser
    customers = (await client.get(f"{API}/customers")).json()["items"]
    assert sorted(each["email"] for each in customers) == ["ada@demo.example", "comptabilite@demo.example"]
    (plan,) = (await client.get(f"{API}/plans")).json()["items"]
    assert (plan["price_minor"], plan["interval"], plan["tax_rate"]) == (4900, "month", "0.19")
    (subscription,) = (await client.get(f"{API}/subscriptions")).json()["items"]
    billed = await client.post(f"{API}/subscriptions/{subscription['id']}/bill", json={"period": "2026-02-10"})
    assert billed.status_code == 201, billed.text
    assert (billed.json()["net_minor"], billed.json()["tax_minor"]) == (4900, 931)
