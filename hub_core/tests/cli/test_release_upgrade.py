"""Release 1.0 of a module, filled with data and replaced by 1.1, has the tables of a new 1.1: the wheels say so, on both databases."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.testing.postgres_server import create_database, drop_database
from hub_core.tests.cli.hub_processes import run_hub, serving
from hub_core.tests.conftest import Wheelhouse
from hub_core.tests.migrations.conftest import POSTGRESQL_SCHEMA, SQLITE_SCHEMA

Dump = list[tuple[object, ...]]
COLUMNS = """
    SELECT table_name, ordinal_position, column_name, column_default, is_nullable, udt_name, character_maximum_length,
    numeric_precision, numeric_scale FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"""
LABELS = "SELECT enumtypid::regtype::text, enumlabel, enumsortorder FROM pg_enum ORDER BY 1, 3"
ITEM, ORDER = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
ROWS = (
    "INSERT INTO shop_item (id, tenant_id, code, name, price, offered, colour) VALUES (:item, 'default', 'n1', 'Nail', 4, true, 'grey')",
    "INSERT INTO shop_tag (id, name) VALUES (1, 'iron'), (2, 'small')",
    "INSERT INTO shop_item_tag (item_id, tag_id) VALUES (:item, 1), (:item, 2)",
    "INSERT INTO shop_order (id, tenant_id, status, note) VALUES (:order, 'default', 'sent', NULL)",
    "INSERT INTO shop_line (id, order_id, item_id, quantity) VALUES (1, :order, :item, 2.5), (2, :order, :item, 1)",
)


@pytest.fixture
def another_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A second new database of the same kind."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'another.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    made = create_database(server)
    yield made
    drop_database(server, made)


@pytest.fixture
def up(tmp_path: Path, wheelhouse: Wheelhouse) -> Callable[[str, str], None]:
    """Install a release in place of the one before, and let ``hub up`` bring the database to it."""

    def brought(sample: str, url: str) -> None:
        site = tmp_path / sample
        if not site.exists():
            wheelhouse.install(site, sample)
        folder = tmp_path / f"hub of {parse_url(url).url.database}".replace("/", "_")
        folder.mkdir(exist_ok=True)
        (folder / "hub.toml").write_text("[modules.shop]\nenabled = true\n")
        with serving(folder, path=site, variables={"HUB_DATABASE_URL": url}) as hub:
            hub.stop()
        done = run_hub(folder, "schema", "diff", path=site, HUB_DATABASE_URL=url)
        assert done.stdout == "no difference; looked at hub, shop\n", done.stdout + done.stderr

    return brought


def dump(url: str) -> Dump:
    """Everything the shop's tables consist of, in the order it stands there."""
    statements = (SQLITE_SCHEMA,) if url.startswith("sqlite") else (POSTGRESQL_SCHEMA, COLUMNS, LABELS)
    with connect(parse_url(url)) as connection:
        return [tuple(map(ordered, row)) for each in statements for row in connection.execute(text(each))]


def ordered(value: object) -> object:
    """A CREATE TABLE with its constraints by name: Alembic keeps them in a set, and a rebuilt table has any order of them."""
    if not isinstance(value, str) or "\n" not in value:
        return value
    lines = [line.strip().rstrip(",") for line in value.splitlines()]
    return sorted(lines, key=lambda line: (line.startswith("CONSTRAINT"), line * line.startswith("CONSTRAINT")))


def fill(url: str) -> None:
    kind = parse_url(url).kind
    values = {"item": ITEM, "order": ORDER}
    if kind == "sqlite":
        values = {name: value.replace("-", "") for name, value in values.items()}
    with connect(parse_url(url)) as connection:
        for statement in ROWS:
            connection.execute(
                text(statement), {name: each for name, each in values.items() if f":{name}" in statement}
            )
        connection.commit()


def test_an_upgraded_release_has_the_tables_of_a_new_one_and_keeps_its_rows(
    up: Callable[[str, str], None], database_url: str, another_url: str
) -> None:
    up("shop_1_0", database_url)
    first = dump(database_url)
    fill(database_url)
    up("shop_1_1", database_url)
    up("shop_1_1", another_url)
    assert dump(database_url) == dump(another_url)
    assert dump(database_url) != first
    with connect(parse_url(database_url)) as connection:
        item = connection.execute(text("SELECT code, name, price, unit, category_id FROM shop_item")).one()
        assert tuple(item) == ("n1", "Nail", 4, "piece", None)
        assert tuple(connection.execute(text("SELECT status, note FROM shop_order")).one()) == ("sent", "")
        lines = connection.execute(text("SELECT id, quantity, discount FROM shop_line ORDER BY id")).all()
        assert [(each.id, float(each.quantity), each.discount) for each in lines] == [(1, 2.5, 0), (2, 1.0, 0)]
        assert connection.scalar(text("SELECT count(*) FROM shop_item_tag")) == 2
