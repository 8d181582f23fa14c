"""The tables of a module move to a schema of its own and back, with all that is in them and all that hangs on them."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub_core.database import PlacementUnsupported, connect, parse_url
from hub_core.operations.change import ChangeUndone
from hub_core.operations.moving import MoveRefused
from hub_core.planning import ModuleUnknown
from hub_core.registry import recorded, steps_of
from hub_core.tests.operations.house import HUB_TOML, House, first, revision
from hub_core.tests.operations.shop import ON_POSTGRESQL

EVERYTHING = """op.execute('''
    CREATE TYPE shop_kind AS ENUM ('fruit', 'tool');
    CREATE DOMAIN shop_price AS integer CHECK (VALUE >= 0);
    CREATE SEQUENCE shop_number START 40;
    CREATE TABLE shop_owner (id integer PRIMARY KEY);
    ALTER TABLE shop_item
        ADD COLUMN kind shop_kind NOT NULL DEFAULT 'fruit', ADD COLUMN price shop_price DEFAULT 7,
        ADD COLUMN code integer DEFAULT nextval('shop_number'), ADD COLUMN owner integer REFERENCES shop_owner (id);
    CREATE INDEX shop_item_name ON shop_item (name);
    CREATE TABLE shop_sale (id serial PRIMARY KEY, day date NOT NULL, amount numeric(10, 2)) ;
    CREATE TABLE shop_log (day date NOT NULL) PARTITION BY RANGE (day);
    CREATE TABLE shop_log_2026 PARTITION OF shop_log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE VIEW shop_names AS SELECT name FROM shop_item;
    CREATE MATERIALIZED VIEW shop_count AS SELECT count(*) AS items FROM shop_item;
    CREATE FUNCTION shop_double(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 * 2';
    CREATE FUNCTION shop_touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name = upper(NEW.name); RETURN NEW; END';
    CREATE TRIGGER shop_upper BEFORE INSERT ON shop_item FOR EACH ROW EXECUTE FUNCTION shop_touch();
    INSERT INTO shop_owner VALUES (1);
    INSERT INTO shop_sale (day, amount) VALUES ('2026-02-03', 12.50);
    INSERT INTO shop_log VALUES ('2026-03-04');
''')"""
WHERE = """
    SELECT n.nspname, c.relkind::text, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname ~ '^(shop|other)_' AND n.nspname NOT LIKE 'pg_toast%'
    UNION ALL SELECT n.nspname, 'type', t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typname ~ '^_?shop_'
    UNION ALL SELECT n.nspname, 'routine', p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proname ~ '^shop_' ORDER BY 1, 2, 3
"""
SHOP = "SELECT id, name, kind::text, price, code, owner FROM {at}shop_item ORDER BY id"


@pytest.fixture
def full(house: House) -> House:
    shop = {**first("shop"), **revision("shop", 2, "pass")}
    shop["migrations/versions/shop_2.py"] = shop["migrations/versions/shop_2.py"].replace(
        "    pass", f"    {EVERYTHING}", 1
    )
    house.samples.install("shop", shop, version="1.1")
    house.samples.install("other", first("other"))
    house.settings.config_file.write_text(f"{HUB_TOML}[modules.other]\n")
    house.up()
    return house


def is_placed(house: House, name: str) -> str:
    return str(house.read(recorded)[name].placement)


def where(house: House) -> list[Any]:
    return [tuple(row) for row in house.run(WHERE)]


@ON_POSTGRESQL
def test_everything_moves_and_comes_back_as_it_was(full: House, tmp_path: Path) -> None:
    before, dumped = where(full), full.all(tmp_path)
    rows = full.run(SHOP.format(at=""))
    changed = full.change("move", "shop", placement="schema")
    assert [step.text for step in changed.plan.steps] == ["move shop from placement shared to schema"]
    assert "shop_item, shop_log, shop_owner, shop_sale" in changed.plan.steps[0].impact[0]
    assert where(full) == sorted(
        (name if row.startswith("other") else "hub_shop", kind, row) for name, kind, row in before
    )
    assert full.run(SHOP.format(at="hub_shop.")) == rows
    assert is_placed(full, "shop") == "schema"
    assert is_placed(full, "other") == "shared"
    assert full.document == f'{HUB_TOML}placement = "schema"\n[modules.other]\n'
    full.up()  # finds nothing to do, and migrates nothing a second time
    with connect(parse_url(full.settings.effective_database_url)) as connection:
        connection.execute(text("SET search_path = hub_shop, public"))
        connection.execute(text("INSERT INTO shop_item (id, name) VALUES (9, 'late')"))
        connection.execute(text("INSERT INTO shop_log VALUES ('2026-05-05')"))
        assert connection.execute(text("SELECT name, code FROM shop_item WHERE id = 9")).one() == ("LATE", 41)
        assert connection.execute(text("SELECT shop_double(4), count(*) FROM shop_log_2026")).one() == (8, 2)
        connection.rollback()
    full.run("SELECT setval('hub_shop.shop_number', 40)")
    full.change("move", "shop", placement="shared")
    assert where(full) == before
    assert full.run("SELECT count(*) FROM pg_namespace WHERE nspname = 'hub_shop'") == [(0,)]
    assert 'placement = "shared"' in full.document
    after = full.all(tmp_path)
    assert {name: after[name] for name in ("shop", "other")} == {name: dumped[name] for name in ("shop", "other")}
    assert dumped["shop"] != []
    assert full.change("move", "shop", placement="shared").operation is None


@ON_POSTGRESQL
def test_it_goes_on_from_there(full: House) -> None:
    full.change("move", "shop", placement="schema")
    more = revision("shop", 3, 'op.add_column("{name}_item", sa.Column("more", sa.Integer))')
    full.samples.install("shop", {**first("shop"), **revision("shop", 2, "pass"), **more}, version="1.2")
    full.up()
    assert full.run("SELECT table_schema FROM information_schema.columns WHERE column_name = 'more'") == [("hub_shop",)]
    full.change("uninstall", "shop", data="purge", keeps_package=True)
    assert {row[0] for row in where(full)} == {"public"}
    assert full.run("SELECT count(*) FROM pg_namespace WHERE nspname = 'hub_shop'") == [(0,)]


@ON_POSTGRESQL
def test_what_is_in_the_way_is_named_and_nothing_moved(full: House, tmp_path: Path) -> None:
    full.run("CREATE SCHEMA hub_shop")
    full.run("CREATE TABLE hub_shop.shop_sale (id integer)")
    before = where(full)
    with pytest.raises(MoveRefused, match="shop_sale"):
        full.change("move", "shop", placement="schema")
    assert where(full) == before
    assert is_placed(full, "shop") == "shared"
    assert full.last().outcome == "undone"
    full.run("DROP TABLE hub_shop.shop_sale")
    full.change("move", "shop", placement="schema")
    full.run("CREATE TABLE hub_shop.foreign_one (id integer)")
    with pytest.raises(MoveRefused, match="foreign_one"):
        full.change("move", "shop", placement="shared")
    assert is_placed(full, "shop") == "schema"


@ON_POSTGRESQL
def test_a_module_that_is_not_well_there_goes_back(full: House) -> None:
    before, document = where(full), full.document
    full.samples.install(
        "shop",
        {
            **first("shop"),
            **revision("shop", 2, "pass"),
            "__init__.py": """
                from hub_hookspecs import Health, HealthStatus, hookimpl
                from sqlalchemy import text

                @hookimpl
                async def hub_health(context):
                    return Health(status=HealthStatus.UNHEALTHY, detail="it does not like the place")
            """,
        },
        version="1.2",
    )
    with pytest.raises(ChangeUndone, match="undone"):
        full.change("move", "shop", placement="schema")
    assert where(full) == before
    assert is_placed(full, "shop") == "shared"
    assert full.document == document
    assert [step.outcome for step in full.read(steps_of, full.last().id)] == ["undone"]


@ON_POSTGRESQL
def test_who_uses_a_table_is_waited_for_and_then_named(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub_core.operations.moving.LOCK_SECONDS", 1)
    with connect(parse_url(full.settings.effective_database_url)) as connection:
        connection.execute(text("SELECT * FROM shop_item"))
        with pytest.raises(MoveRefused, match="lock timeout"):
            full.change("move", "shop", placement="schema")
    assert is_placed(full, "shop") == "shared"
    full.change("move", "shop", placement="schema")


@ON_POSTGRESQL
def test_hub_up_says_how_to_move(full: House) -> None:
    full.settings.config_file.write_text('[modules.shop]\nplacement = "schema"\n')
    full.up()
    assert is_placed(full, "shop") == "shared"
    full.change("move", "shop", placement="schema")
    assert is_placed(full, "shop") == "schema"
    assert full.states()["shop"] == "enabled"


@ON_POSTGRESQL
def test_a_disabled_module_stays_so(full: House) -> None:
    full.change("disable", "shop")
    full.change("move", "shop", placement="schema")
    assert full.states()["shop"] == "disabled"
    full.settings.config_file.write_text("")
    full.up()
    assert full.states()["shop"] == "disabled"
    full.change("move", "shop", placement="shared")
    assert full.states()["shop"] == "disabled"


def test_what_is_not_there_is_named(house: House) -> None:
    house.samples.install("late", first("late"))
    with pytest.raises(ModuleUnknown, match="nobody"):
        house.change("move", "nobody", placement="schema")
    with pytest.raises(MoveRefused, match="late") as refused:
        house.change("move", "late", placement="schema")
    assert "[modules.late]" in refused.value.remedy


def test_a_database_without_schemas_is_named(house: House) -> None:
    if parse_url(house.settings.effective_database_url).kind == "sqlite":
        with pytest.raises(PlacementUnsupported, match="no schemas"):
            house.change("move", "shop", placement="schema")
    assert house.change("move", "shop", placement="shared").operation is None
