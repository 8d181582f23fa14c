"""From an empty folder to a paid invoice in a browser, on both databases."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser import browsing
from tests.wheels.billing_calls import PLAN, issued_invoice, made
from tests.wheels.hub_process import HubProcess, hub_up

HUB_TOML = """\
[modules.billing]
enabled = true

[modules.billing.settings.seller]
name = "Smithy"
address = ["1 Forge Lane", "1020 Vienna"]
country = "AT"

[modules.notes]
enabled = true

[modules.payments]
enabled = true
"""


def refuses_strangers(hub: HubProcess) -> None:
    with hub.client(None) as stranger:
        for address in ("/api/v1/billing/plans", "/api/v1/billing/customers", "/api/v1/notes/notes"):
            for body in (b"{", b'{"wrong": 1}', b"\xff"):
                answer = stranger.post(address, content=body, headers={"Content-Type": "application/json"})
                assert answer.status_code == 401, f"{address} {body!r}: {answer.status_code} {answer.text}"
                assert answer.headers["content-type"] == "application/problem+json"
        assert stranger.post("/api/v1/billing/plans", json=PLAN).status_code == 401
        assert stranger.get("/api/v1/billing/invoices").status_code == 401
        assert stranger.get("/api/v1/modules").status_code == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert stranger.get("/api/v1/billing/invoices", headers=wrong).status_code == 401


def test_an_invoice_is_drafted_issued_paid_and_shown_in_a_browser(hub: Path, tmp_path: Path, database_url: str) -> None:
    (tmp_path / "hub.toml").write_text(HUB_TOML, encoding="utf-8")
    with hub_up(hub, tmp_path, database_url) as running:
        assert running.token, running.said
        refuses_strangers(running)
        with running.client(running.token) as client:
            states = {module["name"]: module["state"] for module in client.get("/api/v1/modules").json()}
            assert states == {"billing": "enabled", "notes": "enabled", "payments": "enabled"}
            made(client.post("/api/v1/billing/plans", json=PLAN))
            invoice = issued_invoice(client)
            address = f"/api/v1/billing/invoices/{invoice['id']}"
            assert made(client.post(f"{address}/payments", json={"gateway": "manual"}), 200)["status"] == "paid"
        shows_in_a_browser(running, invoice["number"])
        assert running.interrupt() in (0, 130)
    assert not any(running.token in line for line in running.said if not line.strip().startswith("token: "))

    with hub_up(hub, tmp_path, database_url) as again, again.client(running.token) as client:
        kept = client.get(address).json()
        assert kept["status"] == "paid", "a restart keeps what was stored"
        assert again.token == "", "the token is shown once"


def shows_in_a_browser(hub: HubProcess, number: str) -> None:
    """Ask for the list of invoices, be led to the sign-in page, sign in, and open the invoice."""
    with browsing() as browser:
        page = browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(f"{said.text} {said.location}") if said.type == "error" else None
        )
        page.goto(f"{hub.url}/billing")
        assert "/sign-in" in page.url
        page.locator("input[name=token]").fill(hub.token)
        page.locator("form button").first.click()
        page.get_by_role("link", name=number).click()
        expect(page.locator("body")).to_contain_text(number)
        for text in ("Ferrum Ltd", "7 Anvil Street", "ATU12345678", "Forging", "Nails", "40.44", "Smithy"):
            expect(page.locator("body")).to_contain_text(text)
        # Browsers ask for an icon of their own accord; that there is none is no fault of the page.
        assert complaints == []
