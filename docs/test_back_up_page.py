"""Follow the page about archives to the letter, on both databases."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub_core.tests.cli.hub_processes import environment
from hub_core.tests.conftest import samples as samples  # a fixture
from hub_core.tests.operations.shop import Shop
from hub_core.tests.sample_modules import SampleModules

PAGE = Path(__file__).parent / "how-to" / "back-up-and-restore.md"
STEP = re.compile(r"^ *```sh\n(.*?)^ *```$(?:\n\s*^ *```text\n(.*?)^ *```$)?", re.MULTILINE | re.DOTALL)


@pytest.fixture
def shop(tmp_path: Path, database_url: str, samples: SampleModules) -> Shop:
    return Shop(tmp_path, database_url, samples).brought_up()


def test_the_commands_of_the_page_bring_everything_back(shop: Shop) -> None:
    steps = STEP.findall(PAGE.read_text(encoding="utf-8"))
    assert [block.split()[:3] for block, _ in steps][1:] == [
        ["hub", "backup", "create"],
        ["hub", "backup", "list"],
        ["hub", "restore", ".hub/backups/hub-*.hubbackup"],
    ]
    before = shop.dump(), shop.dump("cart_")
    variables = environment(shop.samples.site, HUB_DATABASE_URL=shop.database_url)
    variables["PATH"] = f"{Path(sys.executable).parent}:{variables['PATH']}"

    def run(block: str) -> str:
        script = f"set -e\n{block}\nenv | grep HUB_BACKUP_KEY > key"
        done = subprocess.run(
            ["bash", "-c", script], cwd=shop.folder, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        name, _, value = (shop.folder / "key").read_text().strip().partition("=")
        variables[name] = value
        return done.stdout

    for block, shown in steps:
        if "hub restore" in block:
            shop.run("DELETE FROM shop_pair", "DELETE FROM cart_line")
            block = block.replace(".hubbackup", ".hubbackup --yes")
        printed = run(block)
        for line in shown.splitlines():
            parts = [part.strip() for part in line.strip().split("…")]
            assert all(part in printed for part in parts), (line, printed)
    assert (shop.dump(), shop.dump("cart_")) == before
