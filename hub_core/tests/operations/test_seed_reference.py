"""The example of the reference is loaded as it stands there."""

import re
from pathlib import Path

from hub_core.tests.operations.market import Market

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "seed-data.md"
FILE = re.compile(r"^\*\*`data/(?P<path>[^`]+)\.json`\*\*\n\n```json\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_files_of_the_reference_load_as_it_says(market: Market) -> None:
    page = PAGE.read_text(encoding="utf-8")
    files = {
        found["path"].replace("/", "_"): found["text"].replace("shop_", "market_") for found in FILE.finditer(page)
    }
    assert list(files) == ["10-categories", "20-items", "demo_10-items"]
    assert market.install("1.0", **files).up(demo=True).errors == ()
    told = [step.text.replace("market", "shop") for step in market.plans[0].steps if step.kind in ("seed", "demo")]
    assert all(text in page for text in told), told
    found = market.ask(
        "SELECT p.code, c.code, i.sku, CAST(i.price AS text) FROM market_item i JOIN market_category c ON c.id = i.category_id "
        "JOIN market_category p ON p.id = c.parent_id ORDER BY c.code, i.sku"
    )
    assert [row[:3] for row in found] == [("all", "books", "1"), ("all", "books", "demo"), ("all", "maps", "1")]
    assert float(found[2][3]) == 9.9
