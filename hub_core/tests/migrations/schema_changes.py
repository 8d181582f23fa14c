"""Changes of models, each as the tables before and after it, and rows that were there before."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from hub_hookspecs.database import UtcDateTime
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

Tables = Callable[[sa.MetaData], object]


class Exact(sa.TypeDecorator[Decimal]):
    """A type of the module's own, which is another one on each kind of database."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(self.precision + 2))
        return dialect.type_descriptor(sa.Numeric(self.precision, self.scale))


class Status(enum.StrEnum):
    """With names that are not its values."""

    DRAFT = "draft"
    SENT = "sent"


@dataclass(frozen=True)
class Change:
    """``rows`` are statements that fill the tables before; ``kept`` asks for what must be there afterwards."""

    before: Tables
    after: Tables
    rows: tuple[str, ...] = ()
    kept: tuple[str, object] | None = None


def item(*parts: Any, name: str = "shop_item") -> Tables:
    """A table with a key, and what else is given: columns, or what makes a constraint or an index."""

    def make(metadata: sa.MetaData) -> None:
        made = [part._copy() if isinstance(part, sa.Column) else part() for part in parts]
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *made)

    return make


def index(name: str, *expressions: Any, **options: Any) -> Callable[[], sa.Index]:
    return lambda: sa.Index(name, *expressions, **options)


def unique(*columns: str, name: str | None = None) -> Callable[[], sa.UniqueConstraint]:
    return lambda: sa.UniqueConstraint(*columns, name=name)


def check(expression: str, name: str) -> Callable[[], sa.CheckConstraint]:
    return lambda: sa.CheckConstraint(expression, name=name)


def nothing(metadata: sa.MetaData) -> None:
    """No tables."""


def both(*makers: Tables) -> Tables:
    def make(metadata: sa.MetaData) -> None:
        for maker in makers:
            maker(metadata)

    return make


def column(*arguments: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(*arguments, **options)


NAME = column("name", sa.String(50), nullable=False)
NAMED = "INSERT INTO shop_item (id, name) VALUES (1, 'a'), (2, 'b')"
TWO = ("SELECT count(*) FROM shop_item", 2)
FIRST = "SELECT {} FROM shop_item WHERE id = 1"


def labelled(*labels: str, default: str | None = None, name: str = "shop_status") -> sa.Column[Any]:
    return column("status", sa.Enum(*labels, name=name), nullable=False, server_default=default)


STATUS = "INSERT INTO shop_item (id, status) VALUES (1, 'draft')"
PRICE = column("price", sa.Integer, nullable=False, server_default="0")
LIVE = column("live", sa.Boolean, nullable=False, server_default=sa.true())
POSITIVE = check("price >= 0", name="price_positive")
CATEGORY = item(name="shop_category")
IN_CATEGORY = column("category_id", sa.ForeignKey("shop_category.id"))
LINES = item(column("item_id", sa.ForeignKey("shop_item.id", ondelete="CASCADE"), nullable=False), name="shop_line")


def partial_indexes(metadata: sa.MetaData) -> None:
    """Conditions as models write them: with columns, not with text."""
    columns = metadata.tables["shop_item"].c
    conditions = {
        "null": columns.price.is_(None),
        "same": columns.price == 5,
        "other": columns.price != 5,
        "live": columns.live.is_(True),
        "text": columns.name == "a:b",
        "alike": columns.name.like("a%"),
    }
    for name, where in conditions.items():
        sa.Index(f"ix_shop_item_{name}", columns.name, unique=True, postgresql_where=where, sqlite_where=where)


def tagging(metadata: sa.MetaData) -> None:
    """An association table."""
    item(name="shop_tag")(metadata)
    sa.Table(
        "shop_item_tag",
        metadata,
        sa.Column("item_id", sa.ForeignKey("shop_item.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag_id", sa.ForeignKey("shop_tag.id", ondelete="CASCADE"), primary_key=True),
    )


def circle(metadata: sa.MetaData) -> None:
    """Two tables that refer to each other."""
    sa.Table(
        "shop_team",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("lead_id", sa.ForeignKey("shop_person.id", use_alter=True)),
    )
    sa.Table(
        "shop_person",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("team_id", sa.ForeignKey("shop_team.id")),
        sa.Column("boss_id", sa.ForeignKey("shop_person.id")),
    )


def every_type(metadata: sa.MetaData) -> None:
    sa.Table(
        "shop_kind",
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False, server_default=sa.func.now()),
        sa.Column("naive", sa.DateTime),
        sa.Column("day", sa.Date),
        sa.Column("time", sa.Time),
        sa.Column("small", sa.SmallInteger),
        sa.Column("big", sa.BigInteger),
        sa.Column("amount", sa.Numeric(12, 2)),
        sa.Column("exact", Exact(10, 4), nullable=False),
        sa.Column("ratio", sa.Float),
        sa.Column("precise", sa.Double),
        sa.Column("flag", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("data", sa.JSON(none_as_null=True)),
        sa.Column("document", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
        sa.Column("blob", sa.LargeBinary),
        sa.Column(
            "status", sa.Enum(Status, name="shop_state", values_callable=lambda each: [one.value for one in each])
        ),
        sa.Column("mode", sa.Enum("a", "b", name="mode", native_enum=False, create_constraint=True)),
        sa.Column("quoted", sa.String(9), server_default="it's"),
        sa.Column("colon", sa.String(20), server_default='a:b % \\ "'),
        sa.Column("double", sa.Integer, sa.Computed("small * 2", persisted=True)),
    )


CHANGES: dict[str, Change] = {
    "first table of every type": Change(nothing, every_type),
    "column that may be null": Change(item(NAME), item(NAME, column("note", sa.Text)), (NAMED,), TWO),
    "column with a server default": Change(item(NAME), item(NAME, PRICE), (NAMED,), (FIRST.format("price"), 0)),
    "column with a default of the model": Change(
        item(NAME), item(NAME, column("note", sa.String(9), nullable=False, default="none")), (NAMED,), (FIRST.format("note"), "none")
    ),
    "column with a default of true": Change(
        item(NAME), item(NAME, column("live", sa.Boolean, nullable=False, default=True)), (NAMED,), TWO
    ),
    "column with the time as default": Change(
        item(NAME), item(NAME, column("at", UtcDateTime, nullable=False, server_default=sa.func.now())), (NAMED,), TWO
    ),
    "column that must not be null": Change(item(NAME), item(NAME, column("size", sa.Integer, nullable=False))),
    "column gone, with its index and check": Change(
        item(NAME, PRICE, POSITIVE, index("ix_shop_item_price", "price")), item(NAME), (NAMED,), TWO
    ),
    "longer text": Change(item(NAME), item(column("name", sa.String(200), nullable=False)), (NAMED,), TWO),
    "text without limit": Change(item(NAME), item(column("name", sa.Text, nullable=False)), (NAMED,), TWO),
    "text without limit, with a check of it": Change(
        item(NAME, check("name IN ('a', 'b')", name="known")),
        item(column("name", sa.Text, nullable=False), check("name IN ('a', 'b')", name="known")), (NAMED,), TWO,
    ),
    "shorter text": Change(item(NAME), item(column("name", sa.String(20), nullable=False)), (NAMED,), TWO),
    "bigger number": Change(item(PRICE), item(column("price", sa.BigInteger, nullable=False, server_default="0"))),
    "exact number of the module's own type": Change(item(column("rate", Exact(6, 2))), item(column("rate", Exact(8, 2)))),
    "number in place of a text, with a default": Change(
        item(column("size", sa.String(9), nullable=False, server_default="7")),
        item(column("size", sa.Integer, nullable=False, server_default="7")),
        ("INSERT INTO shop_item (id, size) VALUES (1, '42')",),
        (FIRST.format("size"), 42),
    ),
    "text in place of a number": Change(
        item(column("size", sa.Integer)), item(column("size", sa.String(9))),
        ("INSERT INTO shop_item (id, size) VALUES (1, 42)",), (FIRST.format("size"), "42"),
    ),
    "moment with a zone": Change(item(column("at", sa.DateTime)), item(column("at", UtcDateTime))),
    "number in place of a truth": Change(item(column("flag", sa.Boolean)), item(column("flag", sa.Integer))),
    "must not be null any more": Change(
        item(column("name", sa.String(50))), item(column("name", sa.String(50), nullable=False, default="?")),
        (NAMED, "INSERT INTO shop_item (id) VALUES (3)"), ("SELECT name FROM shop_item WHERE id = 3", "?"),
    ),
    "may be null now": Change(item(NAME), item(column("name", sa.String(50))), (NAMED,), TWO),
    "server default new": Change(item(NAME), item(column("name", sa.String(50), nullable=False, server_default="x"))),
    "server default changed": Change(item(PRICE), item(column("price", sa.Integer, nullable=False, server_default="1"))),
    "server default gone": Change(item(PRICE), item(column("price", sa.Integer, nullable=False))),
    "server default of an expression": Change(
        item(column("at", UtcDateTime)), item(column("at", UtcDateTime, server_default=sa.func.now()))
    ),
    "several changes of one column": Change(
        item(NAME), item(column("name", sa.Text, nullable=True, server_default=sa.text("'new'")))
    ),
    "index": Change(item(NAME), item(NAME, index("ix_shop_item_name", "name")), (NAMED,), TWO),
    "unique index": Change(item(NAME), item(NAME, index("ix_shop_item_name", "name", unique=True))),
    "index of an expression": Change(item(NAME), item(NAME, index("ix_shop_item_low", sa.text("lower(name)")))),
    "index in falling order": Change(item(NAME), item(NAME, index("ix_shop_item_name", sa.text("name DESC")))),
    "partial index": Change(
        item(NAME, PRICE),
        item(
            NAME, PRICE,
            index("ix_shop_item_cheap", "name", unique=True, sqlite_where=sa.text("price < 5"), postgresql_where=sa.text("price < 5")),
        ),
    ),
    "partial index of the model's own columns": Change(
        item(NAME, PRICE, LIVE), both(item(NAME, PRICE, LIVE), partial_indexes), (NAMED,), TWO
    ),
    "partial index changed": Change(
        item(NAME, PRICE, index("ix_shop_item_cheap", "name", sqlite_where=sa.text("price < 5"), postgresql_where=sa.text("price < 5"))),
        item(NAME, PRICE, index("ix_shop_item_cheap", "name", sqlite_where=sa.text("price < 9"), postgresql_where=sa.text("price < 9"))),
    ),
    "index of one kind of database only": Change(
        item(column("data", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"))),
        item(
            column("data", postgresql.JSONB().with_variant(sa.JSON(), "sqlite")),
            index("ix_shop_item_data", "data", postgresql_using="gin"),
        ),
    ),
    "index that becomes unique": Change(
        item(NAME, index("ix_shop_item_name", "name")), item(NAME, index("ix_shop_item_name", "name", unique=True))
    ),
    "rebuilt table with an index of an expression": Change(
        item(NAME, index("ix_shop_item_low", sa.text("lower(name)"))),
        item(column("name", sa.String(99), nullable=False), index("ix_shop_item_low", sa.text("lower(name)"))),
        (NAMED,), TWO,
    ),
    "unique constraint": Change(item(NAME), item(NAME, unique("name")), (NAMED,), TWO),
    "unique constraint gone": Change(item(NAME, unique("name")), item(NAME), (NAMED,), TWO),
    "unique constraint of other columns": Change(
        item(NAME, PRICE, unique("name", name="uq_shop_item")),
        item(NAME, PRICE, unique("name", "price", name="uq_shop_item")),
    ),
    "check": Change(item(NAME, PRICE), item(NAME, PRICE, POSITIVE), (NAMED,), TWO),
    "check changed": Change(item(PRICE, POSITIVE), item(PRICE, check("price > 0", name="price_positive"))),
    "check gone": Change(item(PRICE, POSITIVE), item(PRICE)),
    "check of a list of texts": Change(
        item(NAME), item(NAME, check("name IN ('a', 'b') OR (name = 'c' AND id > 3)", name="known"))
    ),
    "rebuilt table with a check": Change(
        item(NAME, PRICE, POSITIVE), item(column("name", sa.Text, nullable=True), PRICE, POSITIVE), (NAMED,), TWO
    ),
    "foreign key to a new table": Change(item(NAME), both(CATEGORY, item(NAME, IN_CATEGORY)), (NAMED,), TWO),
    "foreign key gone with its table": Change(both(CATEGORY, item(NAME, IN_CATEGORY)), item(NAME), (NAMED,), TWO),
    "foreign key that cascades now": Change(
        both(CATEGORY, item(IN_CATEGORY)),
        both(CATEGORY, item(column("category_id", sa.ForeignKey("shop_category.id", ondelete="SET NULL")))),
    ),
    "foreign key to the same table": Change(item(NAME), item(NAME, column("parent_id", sa.ForeignKey("shop_item.id")))),
    "tables in a circle": Change(nothing, circle),
    "association table": Change(item(NAME), both(item(NAME), tagging), (NAMED,), TWO),
    "association table gone": Change(both(item(NAME), tagging), item(NAME), (NAMED,), TWO),
    "rebuilt parent of rows that cascade": Change(
        both(item(NAME), LINES),
        both(item(column("name", sa.Text, nullable=True)), LINES),
        (NAMED, "INSERT INTO shop_line (id, item_id) VALUES (1, 1), (2, 2), (3, 2)"),
        ("SELECT count(*) FROM shop_line", 3),
    ),
    "enumeration": Change(item(NAME), item(NAME, column("status", sa.Enum("draft", "sent", name="shop_status")))),
    "enumeration gone": Change(item(NAME, labelled("draft", "sent", default="draft")), item(NAME), (NAMED,), TWO),
    "enumeration with a longer label": Change(
        item(labelled("draft", "sent")), item(labelled("draft", "sent", "delivered")), (STATUS,), (FIRST.format("status"), "draft")
    ),
    "enumeration with a label as long as others": Change(
        item(labelled("draft", "sent")), item(labelled("void", "draft", "paid", "sent")), (STATUS,), (FIRST.format("status"), "draft")
    ),
    "enumeration without a label": Change(
        item(labelled("draft", "sent", "void")), item(labelled("draft", "sent")), (STATUS,), (FIRST.format("status"), "draft")
    ),
    "enumeration whose new label is the default": Change(
        item(labelled("draft", "sent", default="draft")), item(labelled("draft", "sent", "new", default="new")),
        ("INSERT INTO shop_item (id) VALUES (1)",), (FIRST.format("status"), "draft"),
    ),
    "enumeration that two tables use": Change(
        nothing, both(item(labelled("draft", "sent")), item(labelled("draft", "sent"), name="shop_other"))
    ),
    "enumeration in place of a text": Change(
        item(column("status", sa.String(9), nullable=False, server_default="draft")), item(labelled("draft", "sent", default="draft")),
        (STATUS,), (FIRST.format("status"), "draft"),
    ),
    "enumeration kept as a text": Change(
        item(column("status", sa.Enum("a", "b", name="state", native_enum=False, length=9))),
        item(column("status", sa.Enum("a", "b", "c", name="state", native_enum=False, length=12))),
    ),
    "table gone, with an enumeration": Change(both(item(NAME), item(labelled("a"), name="shop_other")), item(NAME), (NAMED,), TWO),
    "key of two columns": Change(
        lambda metadata: sa.Table("shop_item", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), sa.Column("other", sa.Integer, nullable=False)),
        lambda metadata: sa.Table(
            "shop_item", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("other", sa.Integer, primary_key=True, autoincrement=False),
        ),
    ),
    "name longer than PostgreSQL takes": Change(
        item(column("a_rather_long_name_for_a_column", sa.Integer), column("and_another_one_that_is_no_shorter", sa.Integer)),
        item(
            column("a_rather_long_name_for_a_column", sa.Integer), column("and_another_one_that_is_no_shorter", sa.Integer),
            unique("a_rather_long_name_for_a_column", "and_another_one_that_is_no_shorter"),
        ),
    ),
}  # fmt: skip
