"""What data files say wrong is told before anything is touched, all at once, with file and row and no values but keys."""

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hub_hookspecs.database import UtcDateTime
from sqlalchemy.dialects import postgresql, sqlite

from hub_core.catalog import DataDocument
from hub_core.database import TableOwners
from hub_core.operations.seeds.files import FileRow, SeedInvalid, file_rows
from hub_core.operations.seeds.order import ordered
from hub_core.operations.seeds.rows import SeedRow, checked_rows
from hub_core.operations.seeds.values import DoesNotFit, as_json, fitted, same
from hub_core.tests.operations.market import Market, block, categories, failure, ref

METADATA = sa.MetaData()
sa.Table(
    "market_category",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.String(63), nullable=False, server_default="default"),
    sa.Column("code", sa.String(5), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent_id", sa.ForeignKey("market_category.id")),
    sa.Column("parent_code", sa.ForeignKey("market_category.code")),
    sa.Column("twice", sa.Integer, sa.Computed("id * 2")),
    sa.Column("doc", sa.JSON),
)
sa.Table(
    "market_pair",
    METADATA,
    sa.Column("a", sa.Integer, primary_key=True),
    sa.Column("b", sa.Integer, primary_key=True),
    sa.Column("category_id", sa.ForeignKey("market_category.id")),
    sa.Column("anything", sa.Integer),
)
NO_ROW: Any = ["b"]
OWNERS = TableOwners(prefixes={"market_": "market", "billing_": "billing"})


def read(*seed: Any, demo: tuple[Any, ...] = ()) -> tuple[SeedRow, ...]:
    """The rows of these files, checked."""
    faults: list[str] = []
    rows: list[FileRow] = []
    for is_demo, values in ((False, seed), (True, demo)):
        place = "data/demo" if is_demo else "data"
        documents = [DataDocument(file=f"{place}/{n}.json", value=value) for n, value in enumerate(values, 1)]
        rows += file_rows(documents, is_demo=is_demo, faults=faults)
    return checked_rows("market", rows, METADATA, dialect=sqlite.dialect(), owners=OWNERS, faults=faults)


def faults(*seed: Any, demo: tuple[Any, ...] = ()) -> tuple[str, ...]:
    with pytest.raises(SeedInvalid) as caught:
        read(*seed, demo=demo)
    return caught.value.faults


def test_every_fault_of_every_file_is_told_at_once() -> None:
    assert faults(
        [
            {"table": "market_category"},
            block("category", []),
            block("nothing", ["code"], {"code": "a"}),
            {"table": "billing_plans", "key": ["name"], "rows": [{"name": "x"}]},
            block("category", ["code"], {"code": "a", "name": "A"}, NO_ROW, {"name": "C"}, {"code": None, "name": "D"}),
        ],
        categories(
            {"code": "a"},
            {"code": "toolong"},
            {"code": "b", "size": 1},
            {"code": "c", "name": None, "id": "1"},
            {"code": "d", "tenant_id": "other", "twice": 2},
        ),
        block("category", ["code"], {"code": "e"}),
        "text",
        demo=(categories({"code": "a"}),),
    ) == (
        "data/1.json, block 1: not an object with exactly key, rows, table",
        "data/1.json, block 2: key is not a list of columns",
        "data/1.json, block 5, row 2: not an object of columns and values",
        "data/1.json, block 5, row 3: gives no code, which the key has",
        "data/1.json, block 5, row 4: gives no code, which the key has",
        "data/4.json: not an object with exactly key, rows, table",
        "data/1.json, block 3, row 1: market_nothing is no table of market",
        "data/1.json, block 4, row 1: billing_plans is a table of billing; a module loads data into its own",
        'data/2.json, row 1: market_category {"code": "a"} is that of data/1.json, block 5, row 1 too',
        "data/2.json, row 2: code of market_category holds a text of 7 characters, where 5 are kept",
        "data/2.json, row 3: market_category has no column size",
        'data/2.json, row 4 (market_category {"code": "c"}): name holds null, in a column that must hold something',
        'data/2.json, row 4 (market_category {"code": "c"}): id holds a text, where a whole number is expected',
        (
            'data/2.json, row 5 (market_category {"code": "d"}): tenant_id is not given in data files: '
            "their rows are the tenant default's"
        ),
        'data/2.json, row 5 (market_category {"code": "d"}): twice is computed by the database',
        'data/3.json, row 1 (market_category {"code": "e"}): gives no name, which must hold something and has no default',
        'data/demo/1.json, row 1: market_category {"code": "a"} is that of data/1.json, block 5, row 1 too',
    )


def test_a_reference_that_leads_nowhere_is_told_with_what_it_wants() -> None:
    pair = {"a": 1, "b": 1}
    assert faults(
        categories(
            {"code": "a", "parent_id": ref("category", code="x")},
            {"code": "b", "parent_id": ref("category", size=1)},
            {"code": "c", "parent_id": ref("brand", code="x")},
            {"code": "d", "parent_id": ref("pair", a=1, b=1)},
            {"code": "e", "parent_id": ref("category", code="demo")},
            {"code": "f", "parent_id": {**ref("category", code="a"), "column": "size"}},
            {"code": "g", "parent_id": {"$ref": {"table": "billing_plans", "name": "x"}}},
        ),
        block("pair", ["a", "b"], {**pair, "b": 2, "anything": ref("pair", a=1, b=1)}, pair),
        demo=(categories({"code": "demo"}),),
    ) == (
        'data/1.json, row 2 (market_category {"code": "b"}): parent_id refers to market_category by size, not by a key',
        'data/1.json, row 3 (market_category {"code": "c"}): parent_id refers to market_brand, which is no table of market',
        (
            'data/1.json, row 7 (market_category {"code": "g"}): parent_id refers to billing_plans, which is a table of billing; '
            "a module loads data into its own"
        ),
        (
            'data/1.json, row 1 (market_category {"code": "a"}): parent_id refers to market_category {"code": "x"}, '
            "which no file has"
        ),
        'data/1.json, row 4 (market_category {"code": "d"}): parent_id is no key of market_pair',
        (
            'data/1.json, row 5 (market_category {"code": "e"}): parent_id of seed data refers to demo data, '
            'data/demo/1.json, row 1 (market_category {"code": "demo"})'
        ),
        'data/1.json, row 6 (market_category {"code": "f"}): parent_id: market_category has no column size',
        (
            'data/2.json, row 1 (market_pair {"a": 1, "b": 2}): anything needs a "column": '
            "the primary key of market_pair has several"
        ),
    )


def test_rows_that_refer_to_one_another_in_a_circle_are_all_named() -> None:
    rows = read(
        categories({"code": "a", "parent_id": ref("category", code="b")}),
        categories({"code": "b", "parent_code": "c"}, {"code": "c", "parent_id": ref("category", code="a")}),
    )
    with pytest.raises(SeedInvalid) as caught:
        ordered("market", rows)
    (fault,) = caught.value.faults
    assert fault.startswith("rows refer to one another in a circle: ")
    for place in ("data/1.json, row 1", "data/2.json, row 1", "data/2.json, row 2"):
        assert place in fault


def test_what_nothing_refers_to_keeps_the_order_of_files_and_a_row_may_refer_to_itself_by_value() -> None:
    rows = read(
        categories({"code": "b", "parent_code": "a"}, {"code": "d", "parent_code": "d"}, {"code": "c"}),
        categories({"code": "a"}),
    )
    codes = [[row.values["code"] for row in group] for group in ordered("market", rows)]
    assert codes == [["d", "c", "a"], ["b"]]


def test_keys_may_hold_references_and_references_keys_that_do() -> None:
    rows = read(
        categories({"code": "b"}),
        block("pair", ["category_id"], {"a": 1, "b": 1, "category_id": ref("category", code="b")}),
        block(
            "pair",
            ["a"],
            {"a": 2, "b": 2, "anything": {**ref("pair", category_id=ref("category", code="b")), "column": "a"}},
        ),
    )
    assert [[row.place for row in group] for group in ordered("market", rows)] == [
        ["data/1.json, row 1"],
        ["data/2.json, row 1"],
        ["data/3.json, row 1"],
    ]


class Shout(sa.TypeDecorator[str]):
    """A type of a module's own, which refuses some values."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        if value == "secret":
            raise RuntimeError("secret is refused")
        return value and value.upper()


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (sa.Integer(), True, "true or false, where a whole number is expected"),
        (sa.Integer(), 2**31, "a number that a Integer cannot hold"),
        (sa.Numeric(5, 2), "1.005", "a number of 3 decimal places, where 2 are kept"),
        (sa.Numeric(5, 2), "1000", "a number that a column of 5 digits cannot hold"),
        (sa.Numeric(5, 2), "NaN", "a number that is not finite"),
        (sa.Numeric(5, 2), "ten", "a text that is no decimal number"),
        (sa.Boolean(), 1, "a whole number, where true or false is expected"),
        (sa.Date(), "2026-02-30", "a text that is not a date as ISO 8601 has it"),
        (sa.DateTime(timezone=True), "2026-01-01T00:00:00", "a time without a zone; write its offset, or Z for UTC"),
        (UtcDateTime(), "2026-01-01T00:00:00", "a time without a zone; write its offset, or Z for UTC"),
        (sa.DateTime(), "2026-01-01T00:00:00Z", "a time with a zone, which this column does not keep"),
        (sa.Uuid(), "x", "a text that is no UUID"),
        (sa.Enum("a", "b"), "c", "a value that is none of a, b"),
        (sa.LargeBinary(), "a", "a text that is not base64"),
        (sa.Text(), "a\0b", "a text with characters that no database keeps"),
        (sa.Text(), "\ud800", "a text with characters that no database keeps"),
        (Shout(), "secret", "a text that Shout refuses (RuntimeError)"),
        (postgresql.ARRAY(sa.Integer), ["a"], "a text, where a whole number is expected"),
    ],
)
def test_what_a_column_does_not_hold_is_told_without_the_value(kind: Any, value: Any, told: str) -> None:
    with pytest.raises(DoesNotFit) as caught:
        fitted(sa.Column("x", kind), value, sqlite.dialect())
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (sa.Numeric(10, 2), "1.50", 1.5),
        (sa.Numeric(10, 2), "1e1", "10"),
        (sa.DateTime(timezone=True), "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z"),
        (sa.Uuid(), "0F8FAD5BD9CB469FA16570867728950E", "0f8fad5b-d9cb-469f-a165-70867728950e"),
    ],
)
def test_two_ways_to_write_one_value_are_one(kind: Any, one: Any, other: Any) -> None:
    column = sa.Column("x", kind)
    first, second = (fitted(column, value, sqlite.dialect()) for value in (one, other))
    assert same(first, second)
    assert as_json(first) == as_json(second)
    assert same(fitted(column, as_json(first), sqlite.dialect()), first)
    assert as_json(Decimal("1.50")) == "1.5"


def test_a_module_with_faults_is_not_touched_and_demo_data_nobody_wants_is_not_read(market: Market) -> None:
    market.install(seed_10=categories({"code": "a"}), demo_10="{").up()
    assert list(market.names()) == ["a"]
    told = failure(market.up(demo=True))
    assert told == "seed: data/demo/10.json: not JSON: Expecting property name enclosed in double quotes in line 1"
    market.install("2.0", seed_10=[categories({"code": "b"}, {"code": "b"}), block("x", ["y"], {"y": 1})])
    told = failure(market.up())
    assert "is that of" in told
    assert "market_x is no table of market" in told
    assert market.ask("SELECT version FROM hub_module WHERE name = 'market'") == [("1.0",)]
    assert list(market.names()) == ["a"]


def test_the_error_says_how_many_faults_there_are() -> None:
    error = SeedInvalid("market", ["data/1.json: one", "data/2.json: two"])
    assert str(error) == (
        "the data files of market have 2 faults\ncause: data/1.json: one; data/2.json: two\n"
        "remedy: Install a release of market without them, or correct the files; "
        "docs/reference/seed-data.md explains the format"
    )


def test_data_of_a_module_without_tables_is_refused(market: Market) -> None:
    files = {"data/10.json": '{"table": "bare_x", "key": ["a"], "rows": [{"a": 1}]}'}
    market.samples.install("bare", files)
    market.others = ("bare",)
    market.install()
    assert failure(market.up()) == "seed: it has no migrations, so there are no tables to load data into"
