"""A module whose table has a column of each type that models use, for an archive that goes from one database to the other."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from hub_hookspecs.database import UtcDateTime
from sqlalchemy import Connection, select, text

COLUMNS = """
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200)),
        sa.Column("note", sa.Text),
        sa.Column("flag", sa.Boolean),
        sa.Column("small", sa.SmallInteger),
        sa.Column("big", sa.BigInteger),
        sa.Column("ratio", sa.Float),
        sa.Column("price", sa.Numeric(12, 4)),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("naive", sa.DateTime),
        sa.Column("day", sa.Date),
        sa.Column("hour", sa.Time),
        sa.Column("length", sa.Interval),
        sa.Column("uid", sa.Uuid),
        sa.Column("data", sa.LargeBinary),
        sa.Column("doc", sa.JSON),
        sa.Column("state", sa.Enum("new", "old", name="shop_state")),
"""
REVISION = f"""
    op.create_table("shop_kind", {COLUMNS}        sqlite_autoincrement=True)
    op.create_table("shop_child", sa.Column("id", sa.Integer, primary_key=True),
                    sa.Column("kind_id", sa.Integer, sa.ForeignKey("shop_kind.id", name="fk_kind")))
    op.execute("INSERT INTO shop_child VALUES (77, NULL)")
"""
KIND = sa.Table(
    "shop_kind",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(200)),
    sa.Column("note", sa.Text),
    sa.Column("flag", sa.Boolean),
    sa.Column("small", sa.SmallInteger),
    sa.Column("big", sa.BigInteger),
    sa.Column("ratio", sa.Float),
    sa.Column("price", sa.Numeric(12, 4)),
    sa.Column("at", UtcDateTime),
    sa.Column("naive", sa.DateTime),
    sa.Column("day", sa.Date),
    sa.Column("hour", sa.Time),
    sa.Column("length", sa.Interval),
    sa.Column("uid", sa.Uuid),
    sa.Column("data", sa.LargeBinary),
    sa.Column("doc", sa.JSON(none_as_null=True)),
    sa.Column("state", sa.Enum("new", "old", name="shop_state")),
)
NOW = datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=UTC)
ROWS: tuple[dict[str, Any], ...] = (
    {"id": 1},
    {
        "id": 2, "name": "Ünïcödé 漢字 🙂 \u202e", "note": "tab\tnew\nline\r\\N \\. \\ '\"%s;--", "flag": True, "small": -(2**15),
        "big": 2**63 - 1, "ratio": 0.1 + 0.2, "price": Decimal("12345678.9012"), "at": NOW, "naive": NOW.replace(tzinfo=None),
        "day": date(1, 1, 1), "hour": time(23, 59, 59, 1), "length": timedelta(days=-3, seconds=5, microseconds=7),
        "uid": UUID("0f8fad5b-d9cb-469f-a165-70867728950e"), "data": bytes(range(256)),
        "doc": {"k": ["é\t", None, 1.5, {"deep": True}]}, "state": "new",
    },
    {
        "id": 9, "name": "", "note": "{", "flag": False, "small": 0, "big": -(2**63), "ratio": 1e308, "price": Decimal("-0.0001"),
        "at": datetime(9999, 12, 31, tzinfo=UTC), "naive": datetime(1, 1, 1), "day": date(9999, 12, 31), "hour": time(0),
        "length": timedelta(days=400, hours=26), "uid": UUID(int=0), "data": b"", "doc": 5, "state": "old",
    },
)  # fmt: skip


def fill(connection: Connection) -> None:
    """Write the rows as models do, and one that is gone again: the next one is number 13."""
    for row in ROWS:
        connection.execute(KIND.insert().values(row))
    connection.execute(KIND.insert().values(id=12))
    connection.execute(KIND.delete().where(KIND.c.id == 12))
    connection.execute(text("DELETE FROM shop_child"))
    connection.execute(text("INSERT INTO shop_child VALUES (5, 9)"))
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT setval('shop_kind_id_seq', 12)"))
    connection.commit()


def rows(connection: Connection) -> list[dict[str, Any]]:
    """What models read, with the type of each value."""
    found = connection.execute(select(KIND).order_by(KIND.c.id)).mappings()
    return [{name: (type(value), value) for name, value in row.items() if value is not None} for row in found]


def written() -> list[dict[str, Any]]:
    """What they ought to read."""
    return [{name: (type(value), value) for name, value in row.items()} for row in ROWS]
