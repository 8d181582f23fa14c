"""A decimal of PostgreSQL is kept on SQLite only where SQLAlchemy's ``Numeric`` reads exactly this one from it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Numeric, Table, create_engine, select, text

from hub_core.database.archive.portable_values import conversions

SCALES: dict[str, "Numeric[Decimal]"] = {
    "numeric(12,2)": Numeric(12, 2),
    "numeric(14,4)": Numeric(14, 4),
    "numeric(30,2)": Numeric(30, 2),
    "numeric(38,0)": Numeric(38, 0),
    "numeric": Numeric(),
}
TABLES = {kind: Table(kind, MetaData(), Column("value", declared)) for kind, declared in SCALES.items()}
ENGINE = create_engine("sqlite://")


def read_back(kind: str, value: str) -> Decimal:
    """Convert a value, store what comes of it as a restore does, and read it as a model does."""
    table = TABLES[kind]
    with ENGINE.begin() as connection:
        table.drop(connection, checkfirst=True)
        table.create(connection)
        target = connection.scalar(text("SELECT type FROM pragma_table_xinfo(:table)"), {"table": kind})
        [convert] = conversions("postgresql", [kind], [target])
        connection.exec_driver_sql(f'INSERT INTO "{kind}" VALUES (?)', (convert(value),))
        found: Decimal = connection.execute(select(table.c.value)).scalar_one()
        return found


@given(kind=st.sampled_from(sorted(SCALES)), number=st.decimals(allow_nan=False, allow_infinity=False))
def test_it_is_read_as_it_was_or_refused(kind: str, number: Decimal) -> None:
    try:
        found = read_back(kind, f"{number:f}")
    except ValueError:
        return
    assert found == number


@given(kind=st.sampled_from(["numeric(12,2)", "numeric(14,4)"]), data=st.data())
def test_every_amount_of_money_is_kept(kind: str, data: st.DataObject) -> None:
    scale, digits = SCALES[kind].scale, SCALES[kind].precision
    assert scale is not None
    assert digits is not None
    units = data.draw(st.integers(1 - 10**digits, 10**digits - 1))
    number = Decimal(units).scaleb(-scale)
    assert read_back(kind, str(number)) == number


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("numeric(30,2)", "100000000000000000000000.00", "read as 99999999999999991611392.00"),
        ("numeric(38,0)", "1" + "0" * 23, "read as 99999999999999991611392"),
        ("numeric", "1" + "0" * 300, "read as 1000000000000000052504760255204420248704…"),
        ("numeric", "1234567.89", "from SQLite 1234567.89 would be read as 1234567.8899999999"),
        ("numeric", "0.00000000001", "read as 0.0000000000"),
        ("numeric(30,2)", "12345678901234567.89", "SQLite would keep 12345678901234567.89 as 1.2345678901234568e+16"),
        ("numeric", "1" + "0" * 400, f"SQLite would keep 1{'0' * 39}… as inf"),
    ],
)
def test_one_that_would_be_read_as_another_is_refused(kind: str, value: str, why: str) -> None:
    with pytest.raises(ValueError, match="SQLite") as refused:
        read_back(kind, value)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("numeric", "123456.78"),
        ("numeric", "9007199254740991"),
        ("numeric(30,2)", "1234567890123.45"),
        ("numeric(30,2)", "-0.01"),
        ("numeric(38,0)", "100000000000000000"),
        ("numeric(38,0)", "10000000000000000000000"),
    ],
)
def test_one_that_is_read_as_it_was_is_kept(kind: str, value: str) -> None:
    assert read_back(kind, value) == Decimal(value)
