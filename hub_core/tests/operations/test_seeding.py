"""Seed data is loaded with the migration, once; what people did to it since stays, and a release brings its changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from hub_core.operations.migrate import migrate
from hub_core.tests.operations.market import ADDS_A_COLUMN, FAILING, NOTHING, Market, block, categories, failure, ref

BOOKS = {"code": "books", "name": "Books"}


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile, one entry per call of the driver."""
    heard: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        heard.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def writes(heard: list[str]) -> list[str]:
    return [each for each in heard if each.startswith(("INSERT", "UPDATE", "DELETE"))]


def test_rows_are_inserted_with_their_defaults_and_the_plan_tells_of_them(market: Market) -> None:
    market.install(seed_10=[categories(BOOKS, {"code": "maps"}), block("unit", ["code"], {"code": "kg"})])
    assert market.up().errors == ()
    assert [step.text for step in market.plans[0].steps if step.kind == "seed"] == [
        "load seed data of market: 3 rows in 2 tables"
    ]
    rows = market.ask("SELECT code, name, color, tenant_id, note FROM market_category ORDER BY code")
    assert rows == [("books", "Books", "red", "default", None), ("maps", "Name of maps", "red", "default", None)]
    assert len({str(key) for (key,) in market.ask("SELECT id FROM market_category")}) == 2


def test_twice_is_once_and_writes_nothing(market: Market) -> None:
    market.install(seed_10=categories(BOOKS)).up()
    before = market.ask("SELECT * FROM market_category")
    assert market.steps() == []
    with statements() as heard:
        assert market.up().errors == ()
    assert not [each for each in writes(heard) if "market_" in each or "hub_seed" in each]
    assert len(market.plans) == 1
    market.install("1.1", seed_20=categories(BOOKS)).up()  # another file, another digest: the same rows
    with statements() as heard:
        market.install("1.2", seed_30=categories(BOOKS)).up()
    assert [step.kind for step in market.plans[-1].steps] == ["upgrade", "seed"]
    assert not [each for each in heard if "market_category" in each], "it is not even looked for"
    assert market.ask("SELECT * FROM market_category") == before


def test_a_row_that_is_there_already_is_adopted_as_it_is(market: Market) -> None:
    market.install().up()
    market.run("INSERT INTO market_unit (code) VALUES ('kg')", "INSERT INTO market_unit (code, of) VALUES ('t', 'kg')")
    market.install("1.1", seed_10=block("unit", ["code"], {"code": "kg"}, {"code": "t"}, {"code": "g"})).up()
    assert market.ask("SELECT code, of FROM market_unit ORDER BY code") == [("g", None), ("kg", None), ("t", "kg")]


@pytest.mark.parametrize(
    ("was", "operator", "becomes", "then"),
    [
        ({"name": "A"}, None, {"name": "B"}, {"name": "B"}),
        ({"name": "A"}, "name = 'mine'", {"name": "B"}, {"name": "mine"}),
        ({"name": "A", "note": "n"}, "name = 'mine'", {"name": "B", "note": "m"}, {"name": "mine", "note": "m"}),
        ({"name": "A"}, "name = 'mine'", {"name": "A"}, {"name": "mine"}),
        ({"name": "A"}, "name = 'B'", {"name": "B"}, {"name": "B"}),
        ({"name": "A", "note": "n"}, None, {"name": "A"}, {"note": "n"}),
        ({"name": "A", "note": "n"}, None, {"name": "A", "note": None}, {"note": None}),
        ({"name": "A", "note": "n"}, "note = NULL", {"name": "A", "note": "m"}, {"note": None}),
        ({"name": "A"}, None, {"name": "A", "color": "blue"}, {"color": "blue"}),
        ({"name": "A"}, "color = 'green'", {"name": "A", "color": "blue"}, {"color": "green"}),
        ({"name": "A"}, None, {"name": "A", "note": "m"}, {"note": "m"}),
        ({"name": "A"}, "note = 'mine'", {"name": "A", "note": "m"}, {"note": "mine"}),
    ],
)
def test_a_release_changes_a_column_that_nobody_else_changed(
    market: Market, was: dict[str, Any], operator: str | None, becomes: dict[str, Any], then: dict[str, Any]
) -> None:
    market.install(seed_10=categories({"code": "x", **was})).up()
    if operator:
        market.run(f"UPDATE market_category SET {operator}")
    market.install("1.1", seed_10=categories({"code": "x", **becomes}))
    assert market.up().errors == ()
    columns = ", ".join(then)
    assert market.ask(f"SELECT {columns} FROM market_category") == [tuple(then.values())]
    market.install("1.2", seed_10=categories({"code": "x", **becomes, "parent_id": None})).up()
    assert market.ask(f"SELECT {columns} FROM market_category") == [tuple(then.values())], "what they kept is kept"


def test_what_was_deleted_or_left_the_file_stays_so(market: Market) -> None:
    market.install(seed_10=categories({"code": "a"}, {"code": "b"}, {"code": "c"})).up()
    market.run("DELETE FROM market_category WHERE code = 'a'")
    market.install("1.1", seed_10=categories({"code": "a", "name": "Changed"}, {"code": "b"})).up()
    assert list(market.names()) == ["b", "c"]
    market.install("1.2", seed_10=categories({"code": "a"}, {"code": "b"}, {"code": "c", "name": "Back"})).up()
    assert market.names() == {"b": "Name of b", "c": "Back"}


def test_what_belongs_to_a_deleted_row_stays_away_with_it(market: Market) -> None:
    market.install(seed_10=categories({"code": "a"})).up()
    market.run("DELETE FROM market_category")
    item = block("item", ["sku"], {"sku": "1", "category_id": ref("category", code="a")})
    market.install("1.1", seed_10=categories({"code": "a"}), seed_20=item)
    assert market.up().errors == ()
    assert market.ask("SELECT count(*) FROM market_item") == [(0,)]


def test_what_is_referred_to_comes_first_across_files_tables_and_rows(market: Market) -> None:
    market.install(
        seed_10=block(
            "item",
            ["category_id", "sku"],
            {"sku": "1", "category_id": ref("category", code="leaf"), "price": "9.90"},
            {"sku": "1", "category_id": ref("category", code="root")},
        ),
        seed_20=categories(
            {"code": "leaf", "parent_id": ref("category", code="twig")},
            {"code": "twig", "parent_id": ref("category", code="root")},
            {"code": "root"},
        ),
        seed_30=block("unit", ["code"], {"code": "t", "of": "kg"}, {"code": "kg", "of": "g"}, {"code": "g"}),
    )
    assert market.up().errors == ()
    found = market.ask(
        "SELECT i.sku, i.price, c.code, p.code FROM market_item i JOIN market_category c ON c.id = i.category_id "
        "LEFT JOIN market_category p ON p.id = c.parent_id ORDER BY c.code"
    )
    assert [(sku, float(price), code, parent) for sku, price, code, parent in found] == [
        ("1", 9.9, "leaf", "twig"),
        ("1", 1.0, "root", None),
    ]
    assert len(market.ask("SELECT * FROM market_unit WHERE of IS NOT NULL")) == 2


def test_a_reference_is_compared_by_what_it_stood_for(market: Market) -> None:
    def release(version: str, parent: str) -> None:
        rows = [{"code": "a"}, {"code": "b"}, {"code": "c"}]
        children = [{"code": code, "parent_id": ref("category", code=parent)} for code in ("x", "y")]
        market.install(version, seed_10=categories(*rows, *children)).up()

    release("1.0", "a")
    market.run(
        "UPDATE market_category SET parent_id = (SELECT id FROM market_category WHERE code = 'c') WHERE code = 'y'"
    )
    release("1.1", "b")
    query = "SELECT c.code, p.code FROM market_category c JOIN market_category p ON p.id = c.parent_id ORDER BY 1"
    assert market.ask(query) == [("x", "b"), ("y", "c")]


def test_every_type_comes_back_as_it_was_and_counts_as_unchanged(market: Market) -> None:
    def release(version: str, state: str, **otherwise: Any) -> None:
        row = {
            "sku": "ünï 漢 🙂", "category_id": ref("category", code="a"), "price": "12345678.90",
            "made_at": "2026-03-29T01:59:59.123456+02:00", "at": "2026-01-01T00:00:00Z", "plain_at": "2026-01-01T00:00:00",
            "day": "2026-02-28", "lasts": 90.5, "uid": "0f8fad5b-d9cb-469f-a165-70867728950e", "state": state,
            "data": "AP8=", "doc": {"k": ["ü", None, 1.5, {"$ref": "#/x"}]}, "flag": True, "ratio": 0.1,
        }  # fmt: skip
        market.install(version, seed_10=[categories({"code": "a"}), block("item", ["sku"], row | otherwise)])
        assert market.up().errors == ()

    release("1.0", "NEW")
    import sample_market.models as models  # type: ignore[import-not-found]
    from sqlalchemy import select

    from hub_core.database import connect, parse_url

    with connect(parse_url(market.database_url)) as connection:
        row = connection.execute(select(models.Item.__table__)).mappings().one()
    assert row["sku"] == "ünï 漢 🙂"
    assert str(row["price"]) == "12345678.90"
    assert row["made_at"].isoformat() == "2026-03-28T23:59:59.123456+00:00"
    assert (row["plain_at"].isoformat(), row["day"].isoformat()) == ("2026-01-01T00:00:00", "2026-02-28")
    assert (row["lasts"].total_seconds(), str(row["uid"])) == (90.5, "0f8fad5b-d9cb-469f-a165-70867728950e")
    assert (row["state"], row["data"], row["flag"]) == (models.State.NEW, b"\x00\xff", True)
    assert (row["doc"], row["ratio"]) == ({"k": ["ü", None, 1.5, {"$ref": "#/x"}]}, 0.1)
    same = {
        "price": 12345678.9, "made_at": "2026-03-28T23:59:59.123456Z", "at": "2026-01-01T01:00:00+01:00",
        "uid": "0F8FAD5BD9CB469FA16570867728950E", "ratio": 1e-1, "lasts": 90.50,
    }  # fmt: skip
    with statements() as heard:
        release("1.1", "o", **same)  # the state by its value, the others written in another way
    updated = [each for each in heard if each.startswith("UPDATE market_item")]
    assert len(updated) == 1
    assert updated[0].count("=") == 2, "one column is set, one tells the row"
    assert market.ask("SELECT state FROM market_item") == [("OLD",)]
    release(
        "1.2", "o", at="2027-01-01T00:00:00Z", made_at="2027-01-01T00:00:00Z", data="AA==", lasts=1, uid=None, day=None
    )
    with connect(parse_url(market.database_url)) as connection:
        row = connection.execute(select(models.Item.__table__)).mappings().one()
    assert (row["at"].year, row["made_at"].year) == (2027, 2027), "what was loaded is recognised, and changed"
    assert (row["data"], row["lasts"].total_seconds(), row["uid"], row["day"]) == (b"\x00", 1, None, None)


def test_demo_data_is_loaded_when_it_is_asked_for_and_stays(market: Market) -> None:
    market.install(
        seed_10=categories({"code": "a"}),
        demo_10=categories({"code": "demo", "parent_id": ref("category", code="a")}),
    ).up()
    assert list(market.names()) == ["a"]
    assert market.up(demo=True).errors == ()
    assert [step.text for step in market.plans[-1].steps] == ["load demo data of market: 1 row in 1 table"]
    assert list(market.names()) == ["a", "demo"]
    assert market.steps() == []
    market.up()
    assert list(market.names()) == ["a", "demo"], "rows stay when it is switched off"
    market.run("DELETE FROM market_category WHERE code = 'demo'")
    market.up(demo=True)
    assert list(market.names()) == ["a"], "and what was deleted stays deleted when it is switched on again"


def test_seed_and_demo_data_come_with_the_first_installation(market: Market) -> None:
    market.install(seed_10=categories({"code": "a"}), demo_10=categories({"code": "demo"})).up(demo=True)
    assert [step.kind for step in market.plans[0].steps] == ["migrate", "install", "seed", "demo", "enable"]
    assert list(market.names()) == ["a", "demo"]
    assert market.steps() == []


def test_rows_of_another_tenant_are_neither_taken_for_seed_data_nor_touched(market: Market) -> None:
    market.install().up()
    key = "0f8fad5bd9cb469fa16570867728950e"
    market.run(f"INSERT INTO market_category (id, code, name, tenant_id) VALUES ('{key}', 'a', 'theirs', 'other')")
    market.install("1.1", seed_10=categories({"code": "a", "name": "A"})).up()
    market.install("1.2", seed_10=categories({"code": "a", "name": "B"})).up()
    found = market.ask("SELECT tenant_id, name FROM market_category ORDER BY tenant_id")
    assert found == [("default", "B"), ("other", "theirs")]


def test_with_a_migration_that_fails_nothing_is_loaded(market: Market) -> None:
    market.install(seed_10=categories({"code": "a"})).up()
    market.install("1.1", seed_10=categories({"code": "a", "name": "B"}, {"code": "b"}))
    market.revision(FAILING)
    assert failure(market.up()).startswith("migration: RuntimeError")
    assert market.names() == {"a": "Name of a"}
    market.revision(NOTHING)
    assert market.up().errors == ()
    assert market.names() == {"a": "B", "b": "Name of b"}


def test_with_a_row_that_the_database_refuses_nothing_is_migrated_and_the_row_is_named(market: Market) -> None:
    market.install(seed_10=categories({"code": "a"})).up()
    market.revision(NOTHING)
    root = ref("category", code="a")
    rows = [{"sku": f"{number}", "category_id": root, "state": "NEW"} for number in range(5)]
    more = [{"sku": sku, "category_id": root, "price": "3.50", "ratio": 4.25} for sku in ("8", "3", "9")]
    items = [block("item", ["sku"], *rows), block("item", ["sku", "price"], *more)]
    market.install("1.1", seed_10=categories({"code": "a", "name": "B"}), seed_20=items)
    raised = market.up()
    told = failure(raised)
    assert told.startswith('seed: data/20.json, block 2, row 2 (market_item {"price": "3.5", "sku": "3"}): ')
    assert "unique" in told.lower()
    assert "4.25" not in raised.errors[0].details, "values beyond the natural key are not told"
    assert market.names() == {"a": "Name of a"}
    assert market.ask("SELECT revision, version FROM hub_module WHERE name = 'market'") == [("market_1", "1.0")]
    assert market.ask("SELECT count(*) FROM hub_seed WHERE \"table\" = 'market_item'") == [(0,)]


def test_loading_is_held_to_the_modules_own_tables(market: Market) -> None:
    market.install().up()
    if market.database_url.startswith("sqlite"):
        market.run(
            "CREATE TRIGGER market_spill AFTER INSERT ON market_unit "
            "BEGIN INSERT INTO hub_token VALUES (new.code, new.code, new.code); END"
        )
    else:
        market.run(
            "CREATE FUNCTION market_spill() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN INSERT INTO hub_token VALUES (new.code, new.code, now()); RETURN new; END'",
            "CREATE TRIGGER market_spill AFTER INSERT ON market_unit FOR EACH ROW EXECUTE FUNCTION market_spill()",
        )
    market.install("1.1", seed_10=block("unit", ["code"], {"code": "kg"}))
    told = failure(market.up())
    assert told.startswith("migration: ")
    assert "hub_token" in told
    assert market.ask("SELECT count(*) FROM market_unit") == [(0,)]


@pytest.mark.parametrize(
    "key",
    [
        ["sku"],
        ["category_id", "sku"],
        ["category_id", "sku", "day", "flag"],  # so that not all keys fit into the parameters of one statement
    ],
)
def test_ten_thousand_rows_take_a_handful_of_statements(market: Market, key: list[str]) -> None:
    def release(version: str, price: str) -> list[str]:
        alike = {"category_id": ref("category", code="a"), "day": "2026-01-01", "flag": True, "price": price}
        rows = block("item", key, *({"sku": f"{number}", **alike} for number in range(10_000)))
        market.install(version, seed_10=categories({"code": "a"}), seed_20=rows)
        with statements() as heard:
            assert market.up().errors == ()
        return [each for each in heard if "market_" in each or "hub_seed" in each]

    market.install().up()
    assert len(release("1.1", "1.00")) < 25
    assert market.ask("SELECT count(*) FROM market_item") == [(10_000,)]
    assert len(release("1.2", "2.00")) < 25
    assert market.ask("SELECT count(*) FROM market_item WHERE price = 2") == [(10_000,)]


def test_what_a_migration_back_dropped_is_loaded_again(market: Market) -> None:
    market.install(seed_10=categories({"code": "a", "note": "n"}, {"code": "b"}))
    market.revision(ADDS_A_COLUMN)
    market.up()
    market.run("DELETE FROM market_category WHERE code = 'b'")
    for target, left in (("market_1", ["a"]), ("base", ["a", "b"])):
        migrate(market.settings, name="market", target=target, agree=market.plans.append, on_revision=lambda run: None)
        assert market.up().errors == ()
        assert [step.kind for step in market.plans[-1].steps] == ["migrate", "seed"]
        assert list(market.names()) == left
        assert market.ask("SELECT note FROM market_category WHERE code = 'a'") == [("n",)]


def test_a_module_in_a_schema_of_its_own_gets_its_data_there(market: Market) -> None:
    if market.database_url.startswith("sqlite"):  # has no schemas
        return
    market.install(seed_10=categories({"code": "a"})).up(placement="schema")
    assert market.ask("SELECT code FROM hub_market.market_category") == [("a",)]
    market.install("1.1", seed_10=categories({"code": "a", "name": "B"})).up(placement="schema")
    assert market.ask("SELECT name FROM hub_market.market_category") == [("B",)]
