"""``hub schema diff``, ``revision`` and ``check``, as an author of modules calls them, on both databases."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.tests.cli.editable_module import EditableModule, editable, table
from hub_core.tests.cli.hub_processes import PROGRAM, environment, run_hub, serving
from hub_core.tests.conftest import Wheelhouse

Hub = Callable[..., subprocess.CompletedProcess[str]]
PRICE = "price: Mapped[int] = mapped_column(Integer, server_default='0')"


@pytest.fixture
def modules(tmp_path: Path) -> dict[str, EditableModule]:
    """The modules of this test; add to it before the hub is called."""
    return {}


@pytest.fixture
def shop(tmp_path: Path, modules: dict[str, EditableModule]) -> EditableModule:
    """A module with one table and no revision yet."""
    modules["shop"] = module = editable("shop", tmp_path)
    module.models(table("Item", "shop"))
    return module


@pytest.fixture
def hub(tmp_path: Path, database_url: str, modules: dict[str, EditableModule]) -> Hub:
    """Run a command with these modules; the exit code must be the one expected."""

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        path = Path(":".join(module.path for module in modules.values()))
        done = run_hub(tmp_path, *arguments, path=path, HUB_DATABASE_URL=database_url)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def brought_up(tmp_path: Path, database_url: str, modules: dict[str, EditableModule]) -> None:
    """Let ``hub up`` install the modules, and end it."""
    wanted = "".join(f"[modules.{name}]\nenabled = true\n" for name in modules)
    (tmp_path / "hub.toml").write_text(wanted)
    path = Path(":".join(module.path for module in modules.values()))
    with serving(tmp_path, path=path, variables={"HUB_DATABASE_URL": database_url}) as hub:
        hub.stop()


def test_from_a_changed_model_to_a_migrated_table(
    hub: Hub, shop: EditableModule, tmp_path: Path, database_url: str, modules: dict[str, EditableModule]
) -> None:
    first = hub("schema", "revision", "shop", "-m", "Items of the shop")
    assert shop.files() == ["shop_0001_items_of_the_shop.py"]
    assert f"wrote {shop.versions / shop.files()[0]}" in first.stdout
    brought_up(tmp_path, database_url, modules)
    assert hub("schema", "diff").stdout == "no difference; looked at hub, shop\n"

    shop.models(table("Item", "shop", PRICE))
    differs = hub("schema", "diff", "shop", code=1).stdout
    assert differs.lower().replace("'0'", "0") == (
        "shop_item: the column price (integer, not null, default 0) is missing in the database\n"
        "1 difference; looked at shop\n"
    )
    hub("schema", "check", "shop", code=1)
    hub("schema", "revision", "shop", "-m", "add price")
    assert shop.files() == ["shop_0001_items_of_the_shop.py", "shop_0002_add_price.py"]
    assert hub("schema", "check", "shop").stdout == "looked at shop: 0 errors, 0 warnings\n"
    hub("migrate", "--yes")
    assert hub("schema", "diff", "shop").stdout == "no difference; looked at shop\n"
    assert not list(shop.folder.rglob("versions/__pycache__"))


def test_what_is_written_reads_as_if_written_by_hand(hub: Hub, shop: EditableModule) -> None:
    hub("schema", "revision", "shop", "-m", "Items")
    shop.models(table("Item", "shop", PRICE))
    hub("schema", "revision", "shop", "-m", 'add "price"')
    assert (shop.versions / "shop_0002_add_price.py").read_text() == (
        '"""Add "price"."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        'revision = "shop_0002"\ndown_revision = "shop_0001"\nbranch_labels = None\ndepends_on = None\n\n\n'
        "def upgrade() -> None:\n"
        '    with op.batch_alter_table("shop_item") as shop_item:\n'
        '        shop_item.add_column(sa.Column("price", sa.Integer(), server_default="0", nullable=False))\n\n\n'
        "def downgrade() -> None:\n"
        '    with op.batch_alter_table("shop_item") as shop_item:\n'
        '        shop_item.drop_column("price")\n'
    )


def test_what_only_the_author_knows_is_asked(hub: Hub, shop: EditableModule) -> None:
    hub("schema", "revision", "shop", "-m", "Items")
    shop.models(table("Item", "shop", "size: Mapped[int] = mapped_column(Integer)"))
    said = hub("schema", "revision", "shop", "-m", "sizes").stdout
    question = "Rows without a value for size need one here: the next step refuses them."
    assert f"to be completed by hand: {question}\n" in said
    assert f"    # {question}\n" in (shop.versions / "shop_0002_sizes.py").read_text()


def test_where_nothing_is_missing_no_file_is_written(hub: Hub, shop: EditableModule) -> None:
    hub("schema", "revision", "shop", "-m", "Items")
    done = hub("schema", "revision", "shop", "-m", "Items")
    assert done.stdout == "nothing to do: the revisions of shop make what its models say\n"
    assert json.loads(hub("schema", "revision", "shop", "-m", "x", "--json").stdout) is None
    assert shop.files() == ["shop_0001_items.py"]


def test_of_two_at_once_one_writes(hub: Hub, shop: EditableModule, tmp_path: Path, database_url: str) -> None:
    variables = environment(Path(shop.path), HUB_DATABASE_URL=database_url)
    command = [sys.executable, "-c", PROGRAM, "schema", "revision", "shop", "-m"]
    running = [
        subprocess.Popen([*command, name], cwd=tmp_path, env=variables, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    said = sorted(each.communicate(timeout=60)[0] for each in running)
    assert len(shop.files()) == 1
    assert said[1].startswith("nothing to do") or said[0].startswith("nothing to do")
    assert [each.returncode for each in running] == [0, 0]


def test_a_module_from_a_wheel_is_refused(hub: Hub, tmp_path: Path, modules: dict[str, EditableModule]) -> None:
    modules["shop"] = module = editable("shop", tmp_path, copied=True)
    package = module.folder / "site" / "hub_module_shop"
    (package / "models" / "__init__.py").write_text(
        "from sqlalchemy import MetaData\nclass Base: metadata = MetaData()\n"
    )
    refused = hub("schema", "revision", "shop", "-m", "x", code=1).stderr
    assert refused.startswith("error: shop is installed from a wheel, so a revision of it has no place to stay\n")
    assert not (package / "migrations").exists()


def test_revisions_with_faults_are_refused_with_the_files(hub: Hub, shop: EditableModule) -> None:
    shop.versions.mkdir(parents=True)
    for name in ("left", "right"):
        (shop.versions / f"{name}.py").write_text(f"revision = {name!r}\ndown_revision = None\n")
    assert "left.py and right.py are 2 heads" in hub("schema", "revision", "shop", "-m", "x", code=1).stderr
    checked = hub("schema", "check", "shop", code=1).stdout
    assert "error migrations_invalid" in checked
    assert "left.py and right.py are 2 heads" in checked


def test_a_revision_that_fails_stops_the_next(hub: Hub, shop: EditableModule) -> None:
    hub("schema", "revision", "shop", "-m", "Items")
    (file,) = shop.versions.iterdir()
    file.write_text(
        file.read_text().replace("    op.create_table", "    op.execute('SELECT 1 FROM nowhere')\n    op.create_table")
    )
    shop.models(table("Item", "shop", PRICE))
    assert (
        "shop_0001_items.py of shop fails in an empty database"
        in hub("schema", "revision", "shop", "-m", "x", code=1).stderr
    )
    assert shop.files() == ["shop_0001_items.py"]


@pytest.mark.parametrize("command", [("diff",), ("revision", "-m", "x"), ("check",)])
def test_an_unknown_module_is_told_with_one_that_is_meant(
    hub: Hub,
    shop: EditableModule,
    tmp_path: Path,
    database_url: str,
    modules: dict[str, EditableModule],
    command: tuple[str, ...],
) -> None:
    if command == ("diff",):
        brought_up(tmp_path, database_url, modules)
    name, *options = command
    refused = hub("schema", name, "shpo", *options, code=1).stderr
    assert refused.startswith("error: the tables of shpo cannot be examined\n")


def test_diff_needs_a_database_the_hub_has_prepared(hub: Hub, shop: EditableModule) -> None:
    refused = hub("schema", "diff", code=1).stderr
    assert "Run `hub up`" in refused


def nested(tmp_path: Path, modules: dict[str, EditableModule]) -> None:
    for name in ("sales", "sales_tax", "sales_tax_eu"):
        modules[name] = editable(name, tmp_path)
        modules[name].models(table("Rate", name))


def test_three_modules_with_nested_prefixes_never_touch_each_others_tables(
    hub: Hub, tmp_path: Path, database_url: str, modules: dict[str, EditableModule]
) -> None:
    nested(tmp_path, modules)
    for name in modules:
        hub("schema", "revision", name, "-m", "Rates")
    brought_up(tmp_path, database_url, modules)
    assert hub("schema", "diff").stdout == "no difference; looked at hub, sales, sales_tax, sales_tax_eu\n"
    with connect(parse_url(database_url)) as connection:
        connection.execute(text("ALTER TABLE sales_tax_rate ADD COLUMN stray INTEGER"))
        connection.commit()
    for name in ("sales", "sales_tax_eu"):
        assert hub("schema", "diff", name).stdout == f"no difference; looked at {name}\n"
    assert "column stray" in hub("schema", "diff", "sales_tax", code=1).stdout
    modules["sales"].models(table("Order", "sales"))
    hub("schema", "revision", "sales", "-m", "Orders in place of rates")
    written = (modules["sales"].versions / "sales_0002_orders_in_place_of_rates.py").read_text()
    assert 'op.drop_table("sales_rate")' in written
    assert "sales_tax" not in written
    assert hub("schema", "revision", "sales_tax", "-m", "x").stdout.startswith("nothing to do")


def findings(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return told


def test_a_file_that_changed_after_it_ran_is_told(
    hub: Hub, shop: EditableModule, tmp_path: Path, database_url: str, modules: dict[str, EditableModule]
) -> None:
    hub("schema", "revision", "shop", "-m", "Items")
    brought_up(tmp_path, database_url, modules)
    assert findings(hub("schema", "check", "shop", "--json")) == []
    (file,) = shop.versions.iterdir()
    file.write_text(file.read_text() + "\n# later\n")
    (finding,) = findings(hub("schema", "check", "shop", "--json"))
    assert (finding["level"], finding["code"], finding["file"]) == ("warning", "revision_changed", file.name)
    assert hub("schema", "check", "shop", "--strict", code=1).stdout.endswith("looked at shop: 0 errors, 1 warning\n")


def test_a_warning_ends_with_1_only_when_asked_and_not_accepted(hub: Hub, shop: EditableModule) -> None:
    shop.models(table("Item", "shop", PRICE))
    hub("schema", "revision", "shop", "-m", "Items")
    shop.models(table("Item", "shop"))
    hub("schema", "revision", "shop", "-m", "no price")
    assert "warning drop_column: shop_item.price" in hub("schema", "check", "shop").stdout
    hub("schema", "check", "shop", "--strict", code=1)
    hub("schema", "check", "shop", "--strict", "--since", "shop_0002")
    file = shop.versions / "shop_0002_no_price.py"
    file.write_text(file.read_text().replace("depends_on = None\n", 'depends_on = None\naccepts = ("drop_column",)\n'))
    assert "accepted drop_column" in hub("schema", "check", "shop", "--strict").stdout


def test_a_sample_with_a_forgotten_column_is_red(wheelhouse: Wheelhouse, tmp_path: Path, database_url: str) -> None:
    site = wheelhouse.install(tmp_path / "site", "forgotten_column")
    done = run_hub(tmp_path, "schema", "check", "forgotten_column", path=site, HUB_DATABASE_URL=database_url)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "error models_differ: forgotten_column_item: the column price" in done.stdout


def test_the_group_alone_says_what_follows_it(hub: Hub) -> None:
    assert hub("schema", code=2).stderr == "hub schema is followed by one of diff, revision, check\n"
    assert hub("schema", "dif", code=2).stderr == "hub schema is followed by one of diff, revision, check, not 'dif'\n"
    assert hub("schema", "--help").stdout.count("schema ") == 3
