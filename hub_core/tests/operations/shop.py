"""A module with awkward data: installed as a distribution, brought up, given rows, upgraded, dumped."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub_core.database import DatabaseUrl, connect, parse_url
from hub_core.operations.backups.restore import Restoring, restore
from hub_core.operations.up import Raised, up
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.sample_modules import SampleModules

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{module}_{number}"
down_revision = {before!r}


def upgrade():
    is_sqlite = op.get_bind().dialect.name == "sqlite"
{body}
"""
FIRST = """
    op.create_table(
        "shop_box",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "shop_item",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("price", sa.Numeric(30, 10)),
        sa.Column("big", sa.BigInteger),
        sa.Column("twice", sa.BigInteger, sa.Computed("big / 2", persisted=True)),
        sa.Column("ratio", sa.Float),
        sa.Column("data", sa.LargeBinary),
        sa.Column("doc", sa.JSON),
        sa.Column("uid", sa.Uuid),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("day", sa.Date),
        sa.Column("state", sa.Enum("new", "old", name="shop_state")),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("shop_item.id", name="fk_parent")),
        sa.Column("box_id", sa.Integer, sa.ForeignKey("shop_box.id", name="fk_box")),
        sa.Column("odd name", sa.Boolean),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("shop_box") as batch:
        batch.create_foreign_key("fk_item", "shop_item", ["item_id"], ["id"])
    op.create_index("ix_shop_item_name", "shop_item", ["name"])
    op.create_table("shop_log", sa.Column("what", sa.Text))
    op.create_table("shop_pair", sa.Column("a", sa.Text, primary_key=True), sa.Column("b", sa.Text, primary_key=True))
    op.execute("CREATE VIEW shop_names AS SELECT name FROM shop_item")
    if is_sqlite:
        op.execute("CREATE TRIGGER shop_noted AFTER INSERT ON shop_item BEGIN INSERT INTO shop_log VALUES (new.name); END")
    else:
        op.execute("CREATE FUNCTION shop_note() RETURNS trigger LANGUAGE plpgsql AS "
                   "'BEGIN INSERT INTO shop_log VALUES (new.name); RETURN new; END'")
        op.execute("CREATE TRIGGER shop_noted AFTER INSERT ON shop_item FOR EACH ROW EXECUTE FUNCTION shop_note()")
        op.execute("CREATE SEQUENCE shop_numbers START 7")
    op.execute("INSERT INTO shop_item (name) VALUES ('from the revision')")
"""
SECOND = """
    op.add_column("shop_item", sa.Column("color", sa.Text, server_default="red"))
    op.execute("UPDATE shop_item SET name = upper(name), note = NULL")
    op.create_table("shop_new", sa.Column("id", sa.Integer))
    op.execute("INSERT INTO shop_new VALUES (1)")
"""
CART = """
    op.create_table("cart_line", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
    op.execute("INSERT INTO cart_line (text) VALUES ('of another module')")
"""
CART_MORE = """
    op.add_column("cart_line", sa.Column("more", sa.Text))
"""
INSERT = text("""
    INSERT INTO shop_item (name, note, price, big, ratio, data, doc, uid, at, day, state, parent_id, box_id, "odd name")
    VALUES (:name, :note, :price, :big, :ratio, :data, :doc, :uid, :at, :day, :state, :parent, :box, :odd)
""")
ODD_TEXTS = (
    "",
    "tab\tnewline\nreturn\rslash\\N \\. \\",
    "\\N",
    "Ünïcödé 漢字 🙂 \u202e",
    "'\"%s;--",
    " ",
    "NULL",
    "a" * 5000,
)


@dataclass
class Shop:
    """A hub in ``folder`` with the modules shop and cart and no other."""

    folder: Path
    database_url: str
    samples: SampleModules
    placement: str = "shared"
    backups: list[Any] = field(default_factory=list)

    @property
    def url(self) -> DatabaseUrl:
        """Of its database."""
        return parse_url(self.database_url)

    @property
    def settings(self) -> HubSettings:
        """As they are read in its folder."""
        return read_settings(self.folder, database_url=self.database_url)

    @property
    def files(self) -> list[Path]:
        """What lies in the folder of backups."""
        return sorted((self.folder / ".hub" / "backups").glob("*"))

    def install(self, version: str, *bodies: str, module: str = "shop") -> None:
        """Make ``version`` the installed one; it has these revisions."""
        if not (self.samples.site / f"sample_{module}").exists():
            self.samples.install(module)
        for number, body in enumerate(bodies, 1):
            before = f"{module}_{number - 1}" if number > 1 else None
            file = self.samples.site / f"sample_{module}" / "migrations" / "versions" / f"{module}_{number}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(REVISION.format(module=module, number=number, before=before, body=body))
        for other in file.parent.glob("*.py"):
            if int(other.stem.rpartition("_")[2]) > len(bodies):
                other.unlink()
        metadata = self.samples.site / f"sample_{module}-1.0.dist-info" / "METADATA"
        metadata.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", metadata.read_text()))

    def up(self) -> Raised:
        """``hub up``, without serving."""
        placed = f'[modules.shop]\nenabled = true\nplacement = "{self.placement}"\n'
        enabled = f"{placed}[modules.cart]\nenabled = true\n"
        (self.folder / "hub.toml").write_text(enabled)
        return up(
            self.settings,
            agree=lambda plan: None,
            on_revision=lambda run: None,
            on_backup=self.backups.append,
        )

    def brought_up(self) -> "Shop":
        """Both modules in their first release, shop with rows."""
        self.install("1.0", FIRST)
        self.install("1.0", CART, module="cart")
        assert self.up().errors == ()
        self.fill()
        return self

    def restore(self, path: Path, **options: Any) -> Restoring:
        """``hub restore``, agreed to."""
        options = {"agree": lambda restoring: None, "on_backup": self.backups.append, **options}
        return restore(self.settings, path, **options)

    def fill(self) -> None:
        """Give shop rows that are hard to copy."""
        with connect(self.url) as connection:
            if self.placement == "schema":
                connection.execute(text("SET LOCAL search_path = hub_shop, public"))
            for number, odd in enumerate(ODD_TEXTS):
                values = {
                    "name": odd, "note": None if number % 2 else odd, "price": "12345678901234567890.0123456789",
                    "big": -(2**63) + number, "ratio": [0.1 + 0.2, 1e308, -0.0, 5e-324][number % 4],
                    "data": bytes(range(256)) * number, "doc": json.dumps({"k": [odd, None, 1.5]}),
                    "uid": "0f8fad5bd9cb469fa16570867728950e", "at": "2026-03-29 01:59:59.999999+00:00",
                    "day": "0001-01-01", "state": ["new", "old", None][number % 3], "odd": [True, False, None][number % 3],
                    "parent": None, "box": None,
                }  # fmt: skip
                connection.execute(INSERT, values)
            connection.execute(text("INSERT INTO shop_box (item_id) VALUES (1), (2), (NULL)"))
            connection.execute(text("UPDATE shop_item SET parent_id = id WHERE id = 3"))  # itself
            connection.execute(text("UPDATE shop_item SET parent_id = 9 - id WHERE id < 3"))  # later rows
            connection.execute(text("UPDATE shop_item SET box_id = 1 WHERE id = 2"))  # in a circle
            connection.execute(text("INSERT INTO shop_pair VALUES ('b', '2'), ('a', '1'), ('b', '1')"))
            connection.execute(text("DELETE FROM shop_item WHERE id = (SELECT max(id) FROM shop_item)"))
            if self.url.kind == "postgresql":
                connection.execute(text("SELECT nextval('shop_numbers')"))
            connection.commit()

    def run(self, *statements: str) -> None:
        """Change something in one transaction."""
        with connect(self.url) as connection:
            for statement in statements:
                connection.execute(text(statement))
            connection.commit()

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a query answers."""
        with connect(self.url) as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def dump(self, prefix: str = "shop_") -> dict[str, Any]:
        """Schema and rows of one module, what the hub recorded of it, and the numbers that come next."""
        with connect(self.url) as connection:
            if self.url.kind == "sqlite":
                schema = (
                    f"SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name LIKE '{prefix}%' ORDER BY 1, 2"
                )
                tables = f"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '{prefix}%' ORDER BY 1"
                numbers = f"SELECT name, seq FROM sqlite_sequence WHERE name LIKE '{prefix}%' ORDER BY 1"
            else:
                schema = POSTGRESQL_SCHEMA.format(prefix=prefix)
                tables = f"SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE '{prefix}%' ORDER BY 1"
                numbers = (
                    f"SELECT sequencename, last_value FROM pg_sequences WHERE sequencename LIKE '{prefix}%' ORDER BY 1"
                )
            module = prefix.removesuffix("_")
            return {
                "schema": _all(connection, schema),
                "numbers": _all(connection, numbers),
                "recorded": _all(
                    connection, f"SELECT version, revision, hash, state FROM hub_module WHERE name = '{module}'"
                ),
                "owned": _all(connection, f"SELECT name FROM hub_table WHERE module = '{module}' ORDER BY 1"),
                **{
                    name: sorted(map(repr, _all(connection, f'SELECT * FROM "{name}"')))
                    for (name,) in _all(connection, tables)
                },
            }


POSTGRESQL_SCHEMA = """
    SELECT 'relation', c.relname::text, c.relkind::text, coalesce(pg_get_indexdef(c.oid), '')
    FROM pg_class c WHERE c.relname LIKE '%{prefix}%'
    UNION ALL
    SELECT 'column', a.attrelid::regclass::text, a.attname::text, format_type(a.atttypid, a.atttypmod) || a.attnotnull
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relname LIKE '{prefix}%' AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) || convalidated
    FROM pg_constraint WHERE conrelid::regclass::text LIKE '{prefix}%'
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname::text, tgenabled::text FROM pg_trigger
    WHERE NOT tgisinternal AND tgname LIKE '{prefix}%'
    ORDER BY 1, 2, 3
"""


def _all(connection: Any, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(statement))]
