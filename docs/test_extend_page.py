"""Follow the page on extending another module to the letter: its files, in a hub with billing, on both databases."""

import re
import sys
import textwrap
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from hub_core.testing.running_hub import running_hub
from hub_core.tests.sample_hub import only

PAGE = Path(__file__).parent / "how-to" / "extend-another-module.md"
FILE = re.compile(r"^ *\*\*`(?P<path>[^`]+)`\*\*\n\n *```\w+\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
REQUIRES = re.compile(r"^ *dependencies = \[(?P<texts>.+)\]$", re.MULTILINE)
METADATA = "Metadata-Version: 2.4\nName: acme-gifts\nVersion: 1.0.0\n"
INVOICES = "/api/v1/billing/invoices"


@pytest.fixture
def gifts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The module of the page, installed."""
    site, page = tmp_path / "site", PAGE.read_text(encoding="utf-8")
    for found in FILE.finditer(page):
        file = site / found["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(found["text"]), encoding="utf-8")
    requires = REQUIRES.search(page)
    assert requires is not None
    info = site / "acme_gifts-1.0.0.dist-info"
    info.mkdir()
    lines = "".join(f"Requires-Dist: {each}\n" for each in re.findall(r'"([^"]+)"', requires["texts"]))
    (info / "METADATA").write_text(METADATA + lines)
    (info / "entry_points.txt").write_text("[hub.modules]\ngifts = acme_gifts\n")
    (info / "RECORD").write_text("".join(f"{file.relative_to(site)},,\n" for file in site.glob("acme_gifts/**/*.*")))
    monkeypatch.syspath_prepend(str(site))
    invalidate_caches()
    yield site
    for name in [name for name in sys.modules if name.startswith("acme_gifts")]:
        del sys.modules[name]


async def test_the_module_of_the_page_adds_a_message_to_an_invoice(
    gifts: Path, database_url: str, tmp_path: Path
) -> None:
    only(tmp_path, "billing", "payments", "gifts")
    async with running_hub(tmp_path, database_url, {}) as hub:
        client = hub.as_superuser
        content = {"name": "Ada", "email": "ada@example.org", "address": ["1 Main St"], "country": "DE"}
        customer = (await client.post("/api/v1/billing/customers", json=content)).json()
        lines = [{"description": "Work", "unit_price_minor": 1000}]
        invoice = (await client.post(INVOICES, json={"customer_id": customer["id"], "lines": lines})).json()
        address = f"{INVOICES}/{invoice['id']}"
        assert (await client.get(address)).json() == {**invoice, "gift_message": None}
        written = await client.put(f"/api/v1/gifts/invoices/{invoice['id']}", params={"message": "Enjoy"})
        assert written.status_code == 200, written.text
        assert (await client.get(address)).json() == {**invoice, "gift_message": "Enjoy"}
        document = (await client.get("/openapi.json")).text
        assert '"gifts.Gift"' in document
