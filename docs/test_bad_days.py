"""Follow the handbook for bad days, each section in the mess that it is about, on both databases."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_core.database import connect, parse_url
from hub_core.registry import start_operation
from hub_core.tests.cli.hub_processes import environment
from hub_core.tests.conftest import samples as samples  # a fixture
from hub_core.tests.operations.shop import Shop
from hub_core.tests.sample_modules import SampleModules

PAGE = Path(__file__).parent / "how-to" / "bad-days.md"
STEP = re.compile(r"^```sh\n(.*?)^```$(?:\n\s*^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


@pytest.fixture
def shop(tmp_path: Path, database_url: str, samples: SampleModules) -> Shop:
    return Shop(tmp_path, database_url, samples).brought_up()


def killed(shop: Shop) -> None:
    """An operation whose process is gone."""
    with connect(parse_url(shop.database_url)) as connection:
        start_operation(connection, kind="disable", detail=["disable shop"], actor="somebody", intent={"enabled": {}})
        connection.commit()


def deleted(shop: Shop) -> None:
    hub(shop, "hub backup create")
    shop.run("DELETE FROM shop_pair")


def lost(shop: Shop) -> None:
    (shop.folder / "hub.toml").unlink()


def gone(shop: Shop) -> None:
    shop.run("DELETE FROM cart_line")


PREPARED: dict[str, Callable[[Shop], None]] = {
    "A command was killed, or the machine lost power": killed,
    "Somebody deleted or changed what they should not have": deleted,
    "hub.toml is lost, or somebody broke it": lost,
    "The machine is gone": gone,
}


def hub(shop: Shop, command: str) -> tuple[int, str]:
    """What a command of the page says; an error on standard error too."""
    variables = environment(shop.samples.site, HUB_DATABASE_URL=shop.database_url)
    variables["PATH"] = f"{Path(sys.executable).parent}:{variables['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=shop.folder, env=variables, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_every_section_ends_well(shop: Shop) -> None:
    pieces = re.split(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    assert PREPARED.keys() <= sections.keys()
    before = shop.dump(), shop.dump("cart_")
    for heading, section in sections.items():
        if heading in PREPARED:
            PREPARED[heading](shop)
        for block, shown in STEP.findall(section):
            for command in block.splitlines():
                code, said = hub(shop, command)
                assert code == (1 if shown.startswith("error:") else 0), (command, said)
            for line in shown.splitlines():
                assert all(part.strip() in said for part in line.split("…")), (line, said)
            if heading in PREPARED and "history" in block:
                assert "undone" in said
    assert (shop.dump(), shop.dump("cart_")) == before
