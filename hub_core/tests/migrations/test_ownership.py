"""A migration touches its own module's tables and no others, whichever way it tries, and nothing of one that does is kept."""

from collections.abc import Callable

import pytest
from sqlalchemy import TextClause, text

from hub_core.database import DatabaseUrl, TableOwners, connect
from hub_core.migrations import (
    MigrationFailed,
    MigrationSource,
    OwnershipViolated,
    upgrade,
)
from hub_core.migrations.guard import on_postgresql, on_sqlite
from hub_core.registry import owned_tables

from .conftest import Dump, Write

ITEM = "op.create_table('shop_item', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.String(20)))"
TAX = "op.create_table('sales_tax_rate', sa.Column('id', sa.Integer, primary_key=True), sa.Column('rate', sa.Integer))"
OWNERS = TableOwners(prefixes={"shop_": "shop", "sales_": "sales", "sales_tax_": "sales_tax", "hub_": "hub"})
DRIVER = "op.get_bind().connection.driver_connection"

POSTGRESQL_TRIGGER = (
    "op.execute('CREATE FUNCTION shop_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM sales_tax_rate;"
    " RETURN NEW; END $$'); op.execute('CREATE TRIGGER shop_t BEFORE INSERT ON shop_item FOR EACH ROW EXECUTE FUNCTION"
    " shop_f()'); op.execute('INSERT INTO shop_item VALUES (77)')"
)
SQLITE_TRIGGER = (
    "op.execute('CREATE TRIGGER shop_t AFTER INSERT ON shop_item BEGIN DELETE FROM sales_tax_rate; END');"
    " op.execute('INSERT INTO shop_item (id) VALUES (77)')"
)

FOREIGN: dict[str, tuple[str, str]] = {
    "create": (
        "op.create_table('sales_tax_code', sa.Column('id', sa.Integer))",
        "sales_tax_code, which belongs to sales_tax",
    ),
    "create nobody's": (
        "op.create_table('loose', sa.Column('id', sa.Integer))",
        "loose, which is no table of this module",
    ),
    "drop": ("op.drop_table('sales_tax_rate')", "sales_tax_rate, which belongs to sales_tax"),
    "alter": (
        "op.add_column('sales_tax_rate', sa.Column('x', sa.Integer))",
        "sales_tax_rate, which belongs to sales_tax",
    ),
    "index": ("op.create_index('ix_shop_sneaky', 'sales_tax_rate', ['rate'])", "sales_tax_rate, which belongs to"),
    "insert": ("op.execute('INSERT INTO sales_tax_rate VALUES (9, 9)')", "sales_tax_rate, which belongs to sales_tax"),
    "update": ("op.execute('UPDATE sales_tax_rate SET rate = 0')", "sales_tax_rate, which belongs to sales_tax"),
    "delete": ("op.execute('DELETE FROM sales_tax_rate')", "sales_tax_rate, which belongs to sales_tax"),
    "the hub's": ("op.execute(\"UPDATE hub_module SET state = 'absent'\")", "hub_module, which belongs to the hub"),
    "the hub's tokens": ("op.execute('DELETE FROM hub_token')", "hub_token, which belongs to the hub"),
    "rename away": ("op.rename_table('shop_item', 'sales_item')", "sales_item, which belongs to sales"),
    "rename here": ("op.rename_table('sales_tax_rate', 'shop_rate')", "sales_tax_rate, which belongs to sales_tax"),
    "driver's cursor": (
        f"{DRIVER}.cursor().execute('UPDATE sales_tax_rate SET rate = 0')",
        "sales_tax_rate, which belongs to sales_tax",
    ),
    "view": ("op.execute('CREATE VIEW sales_all AS SELECT 1 AS one')", "sales_all, which belongs to sales"),
    "swallowed": (
        "exec(\"try:\\n  with op.get_bind().begin_nested(): op.execute('UPDATE sales_tax_rate SET rate = 0')\\nexcept Exception: pass\")",
        "sales_tax_rate, which belongs to sales_tax",
    ),
    "view of it": (
        "op.execute('CREATE VIEW shop_v AS SELECT rate FROM sales_tax_rate')",
        "sales_tax_rate, which belongs to",
    ),
    "foreign key to it": (
        "op.execute('CREATE TABLE shop_ref (id int REFERENCES sales_tax_rate (id))')",
        "sales_tax_rate, which belongs to sales_tax",
    ),
    "savepoint": (
        "exec(\"with op.get_bind().begin_nested():\\n  op.execute('UPDATE sales_tax_rate SET rate = 0')\")",
        "sales_tax_rate, which belongs to sales_tax",
    ),
}
ENDING: dict[str, str] = {
    "COMMIT": "op.execute('COMMIT')",
    "lower case": "op.execute('/* done */ commit')",
    "END": "op.execute('END')",
    "ROLLBACK": "op.execute('ROLLBACK')",
    "bind.commit()": "op.get_bind().commit()",
    "driver's commit()": f"{DRIVER}.commit()",
    "driver's cursor": f"{DRIVER}.cursor().execute('COMMIT')",
    "ROLLBACK, then COMMIT": "op.execute('ROLLBACK'); op.execute('CREATE TABLE shop_b (id int)'); op.execute('COMMIT')",
    "a failure, ROLLBACK, COMMIT": "exec(\"try:\\n  op.execute('INSERT INTO nowhere VALUES (1)')\\nexcept Exception:\\n  op.execute('ROLLBACK')"
    "\\nop.execute('UPDATE sales_tax_rate SET rate = 9')\\nop.execute('COMMIT')\")",
    "another connection": 'exec(\'with op.get_bind().engine.connect() as other:\\n  other.execute(sa.text("CREATE TABLE shop_b (id int)"))'
    "\\n  other.commit()')",
    "COMMIT and BEGIN": "op.execute('COMMIT'); op.execute('BEGIN')",
    "autocommit_block": "exec('with op.get_context().autocommit_block():\\n  op.execute(\"SELECT 1\")')",
}
POSTGRESQL: dict[str, tuple[str, str]] = {
    "grant": ("op.execute('GRANT SELECT ON hub_token TO PUBLIC')", "hub_token, which belongs to the hub"),
    "grant a column": (
        "op.execute('GRANT SELECT (rate) ON sales_tax_rate TO PUBLIC')",
        "sales_tax_rate, which belongs to",
    ),
    "revoke": (
        "op.execute('REVOKE ALL ON sales_tax_rate FROM CURRENT_USER')",
        "sales_tax_rate, which belongs to sales_tax",
    ),
    "enum label": (
        "op.execute(\"ALTER TYPE sales_tax_kind ADD VALUE 'x'\")",
        "sales_tax_kind, which belongs to sales_tax",
    ),
    "enum label renamed": (
        "op.execute(\"ALTER TYPE sales_tax_kind RENAME VALUE 'a' TO 'b'\")",
        "sales_tax_kind, which belongs to sales_tax",
    ),
    "type dropped": ("op.execute('DROP TYPE sales_tax_kind')", "sales_tax_kind, which belongs to sales_tax"),
    "type made": ("op.execute(\"CREATE TYPE mood AS ENUM ('a')\")", "mood, which is no"),
    "function made": (
        "op.execute('CREATE FUNCTION loose() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$')",
        "loose, which is no",
    ),
    "function replaced": (
        "op.execute('CREATE OR REPLACE FUNCTION sales_tax_one() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$')",
        "sales_tax_one, which belongs to sales_tax",
    ),
    "function dropped": ("op.execute('DROP FUNCTION sales_tax_one()')", "sales_tax_one, which belongs to sales_tax"),
    "schema": ("op.execute('CREATE SCHEMA shop_more')", "shop_more"),
    "elsewhere": (
        "op.execute('CREATE SCHEMA shop_more'); op.execute('CREATE TABLE shop_more.shop_x (id int)')",
        "shop_x, which lies in the schema shop_more",
    ),
    "type of it": (
        "op.execute('CREATE TABLE shop_k (kind sales_tax_kind)')",
        "sales_tax_kind, which belongs to sales_tax",
    ),
    "row type of it": (
        "op.execute('CREATE TABLE shop_k (one sales_tax_rate)')",
        "sales_tax_rate, which belongs to sales_tax",
    ),
    "sequence of it": (
        "op.execute(\"CREATE TABLE shop_k (id int DEFAULT nextval('sales_tax_rate_id_seq'))\")",
        "sales_tax_rate_id_seq, which belongs to sales_tax",
    ),
    "function of it": (
        "op.execute('CREATE TABLE shop_k (id int DEFAULT sales_tax_one())')",
        "sales_tax_one, which belongs to sales_tax",
    ),
    "materialized view of it": (
        "op.execute('CREATE MATERIALIZED VIEW shop_m AS SELECT rate FROM sales_tax_rate')",
        "sales_tax_rate, which belongs to sales_tax",
    ),
    "comment on a schema": ("op.execute(\"COMMENT ON SCHEMA public IS 'x'\")", "comment on a schema"),
    "collation": ("op.execute('CREATE COLLATION sales_c FROM \"C\"')", "sales_c, which belongs to sales"),
    "operator": (
        "op.execute('CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)')",
        "operator",
    ),
    "large object": ("op.execute('SELECT lo_create(0)')", "large object"),
    "truncate": ("op.execute('TRUNCATE sales_tax_rate')", "sales_tax_rate, which belongs to sales_tax"),
    "sequence": (
        "op.execute(\"SELECT setval('sales_tax_rate_id_seq', 99)\")",
        "sales_tax_rate_id_seq, which belongs to",
    ),
    "index renamed": (
        "op.execute('ALTER INDEX sales_tax_rate_pkey RENAME TO shop_pkey')",
        "sales_tax_rate, which belongs to",
    ),
    "comment": ("op.execute(\"COMMENT ON TABLE sales_tax_rate IS 'x'\")", "sales_tax_rate, which belongs to sales_tax"),
    "trigger's work": (
        POSTGRESQL_TRIGGER,
        "sales_tax_rate, which belongs to sales_tax",
    ),
    "default privileges": (
        "op.execute('ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC')",
        "default privilege",
    ),
    "extension": ("op.execute('DROP EXTENSION plpgsql CASCADE'); op.execute('CREATE EXTENSION plpgsql')", "extension"),
    "constraints checked at once": ("op.execute('SET CONSTRAINTS ALL IMMEDIATE')", "SET CONSTRAINTS ALL IMMEDIATE"),
}
SQLITE: dict[str, tuple[str, str]] = {
    "attach": ("op.execute(\"ATTACH ':memory:' AS other\")", "attaches another database"),
    "pragma": ("op.execute('PRAGMA writable_schema = ON')", "PRAGMA writable_schema"),
    "journal": ("op.execute('PRAGMA user_version = 4')", "PRAGMA user_version"),
    "executescript": (f"{DRIVER}.executescript('CREATE TABLE shop_x (id int)')", "says COMMIT itself"),
    "trigger's work": (
        SQLITE_TRIGGER,
        "sales_tax_rate, which belongs to sales_tax",
    ),
}


def migrate(url: DatabaseUrl, source: MigrationSource) -> None:
    upgrade(url, source, owners=OWNERS, on_revision=lambda run: None)


@pytest.fixture
def neighbours(url: DatabaseUrl, write: Write, core: None) -> None:
    """The tables of another module, with a row, and a shop at its first revision."""
    migrate(url, write(ITEM))
    upgrade(url, write(TAX, module="sales_tax"), owners=OWNERS, on_revision=lambda run: None)
    with connect(url) as connection:
        connection.execute(text("INSERT INTO sales_tax_rate (rate) VALUES (7)"))
        if url.kind == "postgresql":
            connection.execute(text("CREATE TYPE sales_tax_kind AS ENUM ('a')"))
            connection.execute(text("CREATE FUNCTION sales_tax_one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$"))
        connection.commit()


Refused = Callable[[str], str]


@pytest.fixture
def refused(url: DatabaseUrl, write: Write, neighbours: None, dump: Dump) -> Refused:
    """Run a second revision of the shop that must be refused, see that nothing changed, and answer why."""

    def tried(body: str) -> str:
        before = dump()
        with connect(url) as connection:
            rows = list(connection.execute(text("SELECT * FROM sales_tax_rate")))
        with pytest.raises(MigrationFailed) as raised:
            migrate(url, write(ITEM, f"op.execute('CREATE TABLE shop_first (id int)'); {body}"))
        assert isinstance(raised.value.__cause__, OwnershipViolated), raised.value
        assert dump() == before
        with connect(url) as connection:
            assert list(connection.execute(text("SELECT * FROM sales_tax_rate"))) == rows
        assert raised.value.at == "shop_1"
        migrate(url, write(ITEM, "op.execute('CREATE TABLE shop_first (id int)')"))  # the mended one
        assert raised.value.cause is not None
        return raised.value.cause

    return tried


@pytest.mark.parametrize("way", FOREIGN)
def test_what_belongs_to_another_is_refused_and_named(refused: Refused, way: str) -> None:
    body, expected = FOREIGN[way]
    assert expected in refused(body)


@pytest.mark.parametrize("way", ENDING)
def test_a_migration_cannot_end_the_transaction(
    url: DatabaseUrl, write: Write, neighbours: None, dump: Dump, way: str
) -> None:
    before = dump()
    with pytest.raises(MigrationFailed):
        migrate(
            url, write(ITEM, f"op.execute('CREATE TABLE shop_first (id int)'); {ENDING[way]}; op.execute('SELECT 1')")
        )
    assert dump() == before
    migrate(url, write(ITEM, "op.execute('CREATE TABLE shop_first (id int)')"))


@pytest.mark.parametrize("way", POSTGRESQL)
def test_what_only_postgresql_has_is_refused_and_named(
    url: DatabaseUrl, request: pytest.FixtureRequest, way: str
) -> None:
    if url.kind == "postgresql":
        body, expected = POSTGRESQL[way]
        assert expected in request.getfixturevalue("refused")(body)


@pytest.mark.parametrize("way", SQLITE)
def test_what_only_sqlite_has_is_refused_and_named(url: DatabaseUrl, request: pytest.FixtureRequest, way: str) -> None:
    if url.kind == "sqlite":
        body, expected = SQLITE[way]
        assert expected in request.getfixturevalue("refused")(body)


def test_the_offending_statement_is_told(refused: Refused) -> None:
    assert "UPDATE sales_tax_rate SET rate = 0" in refused("op.execute('UPDATE sales_tax_rate SET rate = 0')")


ALLOWED: dict[str, str] = {
    "reading another's": "op.execute('SELECT * FROM sales_tax_rate')",
    "its own index": "op.create_index('ix_anything', 'shop_item', ['name'])",
    "a batch rewrite": "exec(\"with op.batch_alter_table('shop_item', recreate='always') as batch:\\n  batch.alter_column('name', type_=sa.String(99))\")",
    "a renamed table": "op.rename_table('shop_item', 'shop_article')",
    "a dropped table": "op.drop_table('shop_item')",
    "an enum": "op.create_table('shop_e', sa.Column('kind', sa.Enum('a', 'b', name='shop_kind')))",
    "an array of an enum": "op.get_bind().dialect.name == 'postgresql' and op.execute(\"CREATE TYPE shop_m AS ENUM ('a')\") ; "
    "op.get_bind().dialect.name == 'postgresql' and op.execute('CREATE TABLE shop_a (k shop_m[])')",
    "a temporary table": "op.execute('CREATE TEMPORARY TABLE scratch (id int)'); op.execute('INSERT INTO scratch VALUES (1)')",
    "a savepoint": 'exec("with op.get_bind().begin_nested():\\n  op.execute(\\"INSERT INTO shop_item (id, name) VALUES (5, \'x\')\\")")',
    "an autoincrement": "op.create_table('shop_n', sa.Column('id', sa.Integer, primary_key=True), sqlite_autoincrement=True);"
    " op.execute('INSERT INTO shop_n DEFAULT VALUES'); op.rename_table('shop_n', 'shop_nn'); op.drop_table('shop_nn')",
    "a view and a trigger": "op.execute('CREATE VIEW shop_v AS SELECT * FROM shop_item');"
    " op.execute('DROP VIEW shop_v')",
    "full-text search": "op.get_bind().dialect.name == 'sqlite' and op.execute('CREATE VIRTUAL TABLE shop_fts USING fts5(body)');"
    " op.get_bind().dialect.name == 'sqlite' and op.execute(\"INSERT INTO shop_fts VALUES ('x')\")",
    "a range": "op.get_bind().dialect.name == 'postgresql' and op.execute('CREATE TYPE shop_r AS RANGE (subtype = float8)')",
    "a view of its own": "op.execute('CREATE VIEW shop_v AS SELECT * FROM shop_item')",
    "an inner foreign key": "op.create_table('shop_c', sa.Column('id', sa.Integer, sa.ForeignKey('shop_item.id')))",
}


@pytest.mark.parametrize("way", ALLOWED)
def test_what_a_module_does_with_its_own_is_its_business(
    url: DatabaseUrl, write: Write, neighbours: None, way: str
) -> None:
    migrate(url, write(ITEM, ALLOWED[way]))


@pytest.mark.parametrize("first", ["sales", "sales_tax"])
def test_of_two_modules_with_the_same_table_the_second_is_refused_naming_both(
    url: DatabaseUrl, write: Write, core: None, first: str
) -> None:
    """Before anybody made it, the longest prefix owns it; afterwards, whoever made it."""
    (second,) = {"sales", "sales_tax"} - {first}
    on_disk = {"sales_": "sales", "sales_tax_": "sales_tax", "hub_": "hub"}
    alone = TableOwners(prefixes={prefix: name for prefix, name in on_disk.items() if name in (first, "hub")})
    upgrade(url, write(TAX, module=first), owners=alone, on_revision=lambda run: None)
    with connect(url) as connection:
        both = TableOwners(recorded=owned_tables(connection), prefixes=on_disk)
    with pytest.raises(MigrationFailed) as raised:
        upgrade(
            url,
            write(TAX, module=second),
            owners=both,
            on_revision=lambda run: None,
        )
    assert f"migration of {second}" in raised.value.problem
    assert f"sales_tax_rate, which belongs to {first}" in (raised.value.cause or "")


def test_tables_are_recorded_as_they_come_and_go(url: DatabaseUrl, write: Write, core: None) -> None:
    def recorded() -> dict[str, str]:
        with connect(url) as connection:
            return dict(owned_tables(connection))

    more = "op.create_table('shop_more', sa.Column('id', sa.Integer, primary_key=True))"
    migrate(url, write(ITEM, more))
    assert recorded() == dict.fromkeys(("shop_alembic_version", "shop_item", "shop_more"), "shop")
    source = write(ITEM, more, "op.rename_table('shop_more', 'shop_less'); op.drop_table('shop_item')")
    migrate(url, source)
    assert recorded() == dict.fromkeys(("shop_alembic_version", "shop_less"), "shop")


def nothing(*columns: str) -> TextClause:
    """A query that finds nothing."""
    return text(f"SELECT {', '.join(f'1 AS {column}' for column in columns)} WHERE false")


@pytest.fixture
def blind(url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Take one mechanism of the guard away."""

    def without(mechanism: str) -> None:
        match mechanism:
            case "authorizer":
                monkeypatch.setattr(on_sqlite.SqliteGuard, "_authorize", lambda *_: 0)
            case "comparison":
                monkeypatch.setattr(on_sqlite.SqliteGuard, "_compare", lambda *_: None)
            case "locks":
                monkeypatch.setattr(on_postgresql, "LOCKED", nothing("catalog", "oid"))
            case "catalogues":
                monkeypatch.setattr(on_postgresql, "CHANGED", nothing("catalog", "name", "schema"))
            case "fuse":
                with connect(url) as connection:
                    connection.execute(text("ALTER TABLE hub_fuse DROP CONSTRAINT fk_hub_fuse_holds"))
                    connection.commit()

    return without


@pytest.mark.parametrize(
    ("kind", "mechanism", "body"),
    [
        ("sqlite", "authorizer", FOREIGN["update"][0]),
        ("sqlite", "authorizer", FOREIGN["the hub's tokens"][0]),
        ("sqlite", "authorizer", FOREIGN["driver's cursor"][0]),
        ("sqlite", "comparison", FOREIGN["rename away"][0]),
        ("postgresql", "locks", FOREIGN["update"][0]),
        ("postgresql", "locks", FOREIGN["driver's cursor"][0]),
        ("postgresql", "locks", FOREIGN["drop"][0]),
        ("postgresql", "locks", POSTGRESQL["type dropped"][0]),
        ("postgresql", "locks", POSTGRESQL_TRIGGER),
        ("postgresql", "catalogues", POSTGRESQL["grant"][0]),
        ("postgresql", "catalogues", POSTGRESQL["enum label"][0]),
        ("postgresql", "catalogues", POSTGRESQL["function replaced"][0]),
        ("postgresql", "catalogues", POSTGRESQL["default privileges"][0]),
    ],
)
def test_each_mechanism_taken_out_lets_something_through(
    url: DatabaseUrl,
    write: Write,
    neighbours: None,
    dump: Dump,
    blind: Callable[[str], None],
    kind: str,
    mechanism: str,
    body: str,
) -> None:
    if url.kind == kind:
        blind(mechanism)
        migrate(url, write(ITEM, body))


def test_without_its_mechanism_a_hidden_commit_leaves_half(
    url: DatabaseUrl, write: Write, neighbours: None, dump: Dump, blind: Callable[[str], None]
) -> None:
    blind("authorizer" if url.kind == "sqlite" else "fuse")
    before = dump()
    with pytest.raises(MigrationFailed):
        migrate(
            url, write(ITEM, "op.execute('CREATE TABLE shop_first (id int)'); op.execute('COMMIT'); op.execute('x')")
        )
    assert dump() != before


LOSING = """op.execute('CREATE TABLE shop_a (id int)')
    row = "INSERT INTO shop_item VALUES (2, 'b')"
    for statement in (row, "{losing}", "CREATE TABLE shop_b (id int)", row, row):
        try:
            op.execute(statement)
        except Exception:
            pass
    {ending}"""


@pytest.mark.parametrize(
    "losing",
    [
        "INSERT OR ROLLBACK INTO shop_item VALUES (1, 'again')",
        "INSERT INTO shop_strict VALUES (1)",
        "INSERT INTO shop_barred (id) VALUES (1)",
    ],
    ids=["OR ROLLBACK", "ON CONFLICT ROLLBACK", "RAISE(ROLLBACK)"],
)
@pytest.mark.parametrize("ending", ["pass", "raise RuntimeError('end')"])
def test_nothing_is_kept_after_sqlite_ended_the_transaction_itself(
    url: DatabaseUrl, write: Write, neighbours: None, dump: Dump, losing: str, ending: str
) -> None:
    """The rest of the revision would be kept statement by statement, its stamp too."""
    if url.kind == "postgresql":
        return
    with connect(url) as connection:
        for statement in (
            "INSERT INTO shop_item VALUES (1, 'a')",
            "CREATE TABLE shop_strict (id INTEGER UNIQUE ON CONFLICT ROLLBACK)",
            "INSERT INTO shop_strict VALUES (1)",
            "CREATE TABLE shop_barred (id int)",
            "CREATE TRIGGER shop_bar BEFORE INSERT ON shop_barred BEGIN SELECT RAISE(ROLLBACK, 'barred'); END",
        ):
            connection.execute(text(statement))
        connection.commit()
    before = dump()
    body = LOSING.format(losing=losing, ending=ending)
    with pytest.raises(MigrationFailed) as raised:
        migrate(url, write(ITEM, body))
    assert isinstance(raised.value.__cause__, OwnershipViolated)
    assert dump() == before
    with connect(url) as connection:
        assert list(connection.execute(text("SELECT id FROM shop_item"))) == [(1,)]
        assert list(connection.execute(text("SELECT version_num FROM shop_alembic_version"))) == [("shop_1",)]
    migrate(url, write(ITEM, "op.execute('CREATE TABLE shop_a (id int)')"))


def test_a_statement_that_sqlite_knows_already_is_refused_then_too(
    url: DatabaseUrl, write: Write, neighbours: None
) -> None:
    """Python keeps statements that were prepared; the authorizer is asked when they are prepared."""
    if url.kind == "postgresql":
        return
    with connect(url) as connection:
        connection.execute(text("INSERT INTO shop_item VALUES (1, 'a')"))
        connection.commit()
    body = """for statement in ("UPDATE shop_item SET name = name || 'x'", "INSERT OR ROLLBACK INTO shop_item VALUES (1, 'b')",
            "UPDATE shop_item SET name = name || 'x'"):
        try:
            op.execute(statement)
        except Exception:
            pass"""
    with pytest.raises(MigrationFailed):
        migrate(url, write(ITEM, body))
    with connect(url) as connection:
        assert list(connection.execute(text("SELECT name FROM shop_item"))) == [("a",)]
