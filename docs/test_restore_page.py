"""Follow the page about backups to the letter, on both databases."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub_core.tests.cli.hub_processes import environment
from hub_core.tests.conftest import samples as samples  # a fixture
from hub_core.tests.operations.shop import FIRST, SECOND, Shop
from hub_core.tests.sample_modules import SampleModules

PAGE = Path(__file__).parent / "how-to" / "restore-a-backup.md"
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(
    r"^backup of shop 1\.0 \(23 rows, \d+ KB\): \.hub/backups/shop-1\.0-shop_1-\d{8}T\d{6}\.\d{6}Z\.\S+$", re.MULTILINE
)


@pytest.fixture
def shop(tmp_path: Path, database_url: str, samples: SampleModules) -> Shop:
    return Shop(tmp_path, database_url, samples).brought_up()


def test_the_commands_of_the_page_put_the_module_back(shop: Shop) -> None:
    page = PAGE.read_text(encoding="utf-8")
    commands = [line.strip() for block in BLOCK.findall(page) for line in block.splitlines()]
    assert [line.split()[:2] for line in commands] == [
        ["pip", "install"],
        ["hub", "restore"],
        ["hub", "history"],
        ["hub", "migrate"],
        ["hub", "up"],
    ]
    before = shop.dump()
    shop.install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    variables = environment(shop.samples.site, HUB_DATABASE_URL=shop.database_url)
    variables["PATH"] = f"{Path(sys.executable).parent}:{variables['PATH']}"

    def run(line: str) -> str:
        done = subprocess.run(
            line, shell=True, cwd=shop.folder, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert NAMED.search(page), "what the page shows is what is printed"
    pip, restore, history, check, _ = commands
    assert pip == "pip install 'sample-shop==1.0'"
    shop.install("1.0", FIRST)
    assert "restored: shop 1.0, 23 rows in 4 tables" in run(f"{restore} --yes")
    assert "restored" in run(history)
    run(check)
    assert shop.dump() == before
    assert shop.up().errors == ()
    assert {**shop.dump(), "recorded": None} == {**before, "recorded": None}, "the installed files have another hash"
