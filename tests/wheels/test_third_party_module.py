"""A gateway by another developer: installed as a wheel it appears, and payments go through it; nothing else changes."""

import hmac
import json
import subprocess
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.wheels.billing_calls import issued_invoice, made
from tests.wheels.hub_process import clean_environment, hub_up

pytestmark = pytest.mark.usefixtures("acme_gateway")

SECRET = "between Acme and us"


def test_listing_and_checking_find_it_without_importing_it(hub: Path, tmp_path: Path) -> None:
    log = tmp_path / "imported"
    environment = clean_environment(tmp_path, {"HUB_TEST_IMPORT_LOG": str(log)})
    said = {}
    for command in ("list", "check", "show acme_pay"):
        done = subprocess.run(
            [hub, *command.split(), "--json"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        assert not log.exists(), f"hub {command} imported a module"
        said[command] = json.loads(done.stdout)
    assert {module["name"] for module in said["list"]} == {"acme_pay", "billing", "notes", "payments"}
    assert said["check"]["order"].index("payments") < said["check"]["order"].index("acme_pay")
    assert said["show acme_pay"]["distribution"] == "acme-hub-gateway"


def test_an_invoice_is_paid_through_it_once_it_says_so(hub: Path, tmp_path: Path, database_url: str) -> None:
    secret = {"HUB_MODULES__ACME_PAY__SECRET": SECRET}
    with hub_up(hub, tmp_path, database_url, **secret) as running, running.client(running.token) as client:
        gateways = client.get("/api/v1/payments/gateways").json()["items"]
        assert [gateway["name"] for gateway in gateways] == ["acme", "manual"]

        address = f"/api/v1/billing/invoices/{issued_invoice(client)['id']}"
        waiting = made(client.post(f"{address}/payments", json={"gateway": "acme"}), 200)
        assert waiting["status"] == "issued"
        assert waiting["payments"][0]["status"] == "processing"

        transaction = only_transaction(database_url)
        with running.client(None) as acme:
            assert notify(acme, transaction, "a guess").status_code == 403
            assert notify(acme, transaction, SECRET).status_code == 204
        assert made(client.post(f"{address}/settle"), 200)["status"] == "paid"


def notify(acme: httpx2.Client, transaction: str, secret: str) -> httpx2.Response:
    """Report, as Acme does, that the money is there."""
    body = json.dumps({"transaction": transaction, "status": "succeeded"}).encode()
    signature = hmac.digest(secret.encode(), body, "sha256").hex()
    return acme.post("/api/v1/acme_pay/notifications", content=body, headers={"Acme-Signature": signature})


def only_transaction(database_url: str) -> str:
    """What Acme calls the capture: the test has no Acme to ask, so it looks where payments keeps it."""
    url = make_url(database_url)
    engine = create_engine(url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url)
    with engine.connect() as connection:
        found: str = connection.execute(text("SELECT gateway_transaction FROM payments_capture")).scalar_one()
    engine.dispose()
    return found
