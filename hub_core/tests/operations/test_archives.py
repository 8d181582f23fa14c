"""An archive goes where it came from and to the other database: every value, what comes next, one module or the whole hub."""

import shutil
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from hub_core.database import connect, table_archive
from hub_core.migrations import CORE_MIGRATIONS, current, downgrade, upgrade
from hub_core.operations.backups.archiving import Archive, ArchiveRefused, create_archive
from hub_core.operations.backups.reading import read_backup
from hub_core.operations.backups.restore import RestoreFailed
from hub_core.operations.backups.restore_all import RestoringAll, planned_restore_all, restore_all
from hub_core.operations.backups.restore_choice import RestoreRefused
from hub_core.operations.up import up
from hub_core.planning import ModuleUnknown
from hub_core.registry import (
    CORE_REVISION,
    attempt_here,
    audited,
    desired,
    finish_operation,
    generation,
    history,
    is_prepared,
    operations,
    recorded,
    start_operation,
    token_hashes,
)
from hub_core.tests.operations import portable
from hub_core.tests.operations.shop import CART, FIRST, ON_POSTGRESQL, ON_SQLITE, SECOND, Shop


def archived(shop: Shop, *names: str) -> Archive:
    return create_archive(shop.settings, names)


def restored(shop: Shop, path: Path) -> RestoringAll:
    return restore_all(shop.settings, path, agree=lambda restoring: None)


@pytest.fixture
def kinds(shop: Shop) -> Shop:
    """Shop with a row of each type that models use, and cart."""
    shop.install("1.0", portable.REVISION)
    shop.install("1.0", CART, module="cart")
    assert shop.up().errors == ()
    with connect(shop.url) as connection:
        portable.fill(connection)
    return shop


@pytest.fixture
def elsewhere(kinds: Shop, other_url: str, tmp_path: Path) -> Shop:
    """Another hub on the other database, with the same distributions and nothing in it yet."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Shop(folder, other_url, kinds.samples)


def test_one_module_comes_back_as_it_was_and_counts_on(shop: Shop) -> None:
    before = shop.brought_up().dump()
    others = shop.dump("cart_")
    archive = archived(shop, "shop")
    shop.run("DELETE FROM shop_pair", "UPDATE shop_item SET name = 'gone'")
    done = shop.restore(archive.path)
    assert shop.dump() == before
    assert shop.dump("cart_") == others
    assert (done.module, done.version, done.revision, done.rows) == ("shop", "1.0", "shop_1", 23)
    shop.run("INSERT INTO shop_item (name) VALUES ('next')")
    assert shop.ask("SELECT id FROM shop_item WHERE name = 'next'") == [(10,)], "9 was given out and deleted"


def test_it_says_what_it_holds(shop: Shop) -> None:
    archive = archived(shop.brought_up(), "shop")
    content = read_backup(archive.path)
    assert content == archive.content
    assert (content.is_archive, content.kind, content.made_for, content.rows) == (True, shop.url.kind, "shop", 23)
    module = content.modules["shop"]
    assert (module.version, module.revision, module.state, module.table_prefix) == ("1.0", "shop_1", "enabled", "shop_")
    item = next(table for table in module.tables if table.name == "shop_item")
    types = dict(zip(item.columns, item.types, strict=True))
    wanted = {"sqlite": ("TEXT", "BOOLEAN", "DATETIME"), "postgresql": ("text", "boolean", "timestamp with time zone")}
    assert (types["name"], types["odd name"], types["at"]) == wanted[shop.url.kind]
    assert "twice" not in types, "the database computes it"


@pytest.mark.parametrize("name", ["", "shop"])
def test_on_the_other_database_models_read_the_same_values(kinds: Shop, elsewhere: Shop, name: str) -> None:
    archive = archived(kinds, *([name] if name else []))
    assert elsewhere.up().errors == ()
    if name:
        elsewhere.restore(archive.path)
    else:
        restored(elsewhere, archive.path)
    with connect(elsewhere.url) as connection:
        assert portable.rows(connection) == portable.written()
        assert connection.execute(text("SELECT id, kind_id FROM shop_child")).all() == [(5, 9)], "no row of a revision"
        connection.execute(text("INSERT INTO shop_kind (name) VALUES ('next')"))
        assert connection.scalar(text("SELECT id FROM shop_kind WHERE name = 'next'")) == 13, "12 was given out"
        connection.execute(text("INSERT INTO shop_child (kind_id) VALUES (1)"))
        assert connection.scalar(text("SELECT max(id) FROM shop_child")) == 6


def test_there_and_back_again_leaves_every_value(kinds: Shop, elsewhere: Shop) -> None:
    before = kinds.dump()
    restored(elsewhere, archived(kinds).path)
    restored(kinds, archived(elsewhere).path)
    with connect(kinds.url) as connection:
        assert portable.rows(connection) == portable.written()
    assert {**kinds.dump(), "numbers": None} == {**before, "numbers": None}


def test_the_whole_hub_comes_back_with_its_registry(kinds: Shop, elsewhere: Shop) -> None:
    with connect(kinds.url) as connection:
        before = recorded(connection), desired(connection), token_hashes(connection), generation(connection).number
    done = restored(elsewhere, archived(kinds).path)
    assert (done.is_whole, done.names, done.replaced, done.kept) == (True, ("cart", "shop"), (), None)
    with connect(elsewhere.url) as connection:
        now = recorded(connection), desired(connection), token_hashes(connection)
        assert now == before[:3]
        assert generation(connection).number > before[3], "processes that serve take it up"
        assert operations(connection)[-1].kind == "restore"
        assert operations(connection)[-1].outcome == "done"
        assert history(connection, "shop")[-1].outcome == "restored"
    assert elsewhere.up().errors == ()
    assert elsewhere.dump("cart_")["cart_line"] == kinds.dump("cart_")["cart_line"]


def test_what_is_there_is_kept_first_and_what_the_archive_has_not_is_gone(kinds: Shop) -> None:
    archive = archived(kinds)
    kinds.run("INSERT INTO cart_line (text) VALUES ('later')")
    kinds.samples.install("late", {"migrations/versions/late_1.py": LATE})
    (kinds.folder / "hub.toml").write_text("[modules.shop]\n[modules.cart]\n[modules.late]\n")
    up(kinds.settings, agree=lambda plan: None, on_revision=lambda run: None)
    assert kinds.ask("SELECT id FROM late_one") == [(3,)]
    done = restored(kinds, archive.path)
    assert done.kept is not None
    with connect(kinds.url) as connection:
        assert sorted(recorded(connection)) == ["cart", "shop"]
    names = "sqlite_master" if kinds.url.kind == "sqlite" else "pg_class"
    column = "name" if kinds.url.kind == "sqlite" else "relname"
    assert kinds.ask(f"SELECT 1 FROM {names} WHERE {column} = 'late_one'") == []
    assert kinds.ask("SELECT text FROM cart_line") == [("of another module",)]
    restored(kinds, done.kept.path)
    assert kinds.ask("SELECT id FROM late_one") == [(3,)]
    assert kinds.ask("SELECT text FROM cart_line ORDER BY id") == [("of another module",), ("later",)]


LATE = """
import sqlalchemy as sa
from alembic import op
revision = "late_1"
down_revision = None
def upgrade():
    op.create_table("late_one", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO late_one VALUES (3)")
"""


def test_tables_of_an_older_revision_are_made_so_and_migrated_later(shop: Shop) -> None:
    before = shop.brought_up().dump()
    archive = archived(shop)
    shop.install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    restored(shop, archive.path)
    assert shop.dump() == before
    assert shop.up().errors == ()
    assert shop.ask("SELECT count(*) FROM shop_item WHERE color = 'red'") == [(8,)]


def test_modules_that_are_not_installed_are_named_with_the_line_that_brings_them(kinds: Shop, elsewhere: Shop) -> None:
    archive = archived(kinds)
    for metadata in kinds.samples.site.glob("*.dist-info"):
        shutil.rmtree(metadata)
    with pytest.raises(RestoreRefused) as refused:
        restored(elsewhere, archive.path)
    assert refused.value.cause == "not installed: cart, shop; their tables are made by their own revisions"
    assert refused.value.remedy == "Install them: pip install 'sample-cart==1.0' 'sample-shop==1.0'"
    with connect(elsewhere.url) as connection:
        assert not is_prepared(connection), "nothing is made for what is refused"


def test_several_modules_come_back_together_and_nothing_else_moves(kinds: Shop) -> None:
    archive = archived(kinds, "cart", "shop")
    before = kinds.dump(), kinds.dump("cart_")
    kinds.run("DELETE FROM cart_line", "DELETE FROM shop_child", "DELETE FROM shop_kind")
    done = restored(kinds, archive.path)
    assert (done.is_whole, done.names) == (False, ("cart", "shop"))
    assert (kinds.dump(), kinds.dump("cart_")) == before
    with pytest.raises(RestoreRefused):
        kinds.restore(archive.path, module="hub")
    kinds.run("DELETE FROM cart_line", "DELETE FROM shop_child")
    kinds.restore(archive.path, module="cart")
    assert kinds.dump("cart_") == before[1]
    assert kinds.ask("SELECT * FROM shop_child") == []


def test_what_the_other_database_cannot_keep_is_named_and_nothing_is_touched(
    shop: Shop, other_url: str, tmp_path: Path
) -> None:
    archive = archived(shop.brought_up(), "shop")
    (tmp_path / "elsewhere").mkdir()
    other = Shop(tmp_path / "elsewhere", other_url, shop.samples)
    assert other.up().errors == ()
    before = other.dump()
    if shop.url.kind == "sqlite":
        other.restore(archive.path)
        assert len(other.ask("SELECT 1 FROM shop_item")) == 8
        return
    with pytest.raises(RestoreFailed) as failed:
        other.restore(archive.path)
    assert failed.value.cause == (
        "ValueNotPortable: shop_item.price in row 1 cannot be kept in this database: "
        "SQLite would keep 12345678901234567890.0123456789 as 1.2345678901234567e+19"
    )
    assert other.dump() == before


TIGHT = """
    op.create_table("shop_tight", sa.Column("id", sa.Integer, primary_key=True), sa.Column("odd name", sa.String(10)),
                    sa.Column("name", sa.String(10)), sa.Column("count", sa.Integer), sa.Column("price", sa.Numeric(12, 4)),
                    sa.Column("state", sa.Enum("new", "old", name="shop_state")), sa.Column("doc", sa.JSON),
                    sa.Column("ratio", sa.REAL),
                    sa.Column("at", sa.DateTime, unique=True))
"""
WRONG = (
    ("odd name", "'ten and 2   '", ".odd name", "character varying(10) keeps no 12 characters"),
    ("name", "'eleven long'", ".name", "character varying(10) keeps no 11 characters"),
    ("count", "99999999999", ".count", 'value "99999999999" is out of range for type integer'),
    ("state", "'shop_tight, line 7, column name:'", ".state",
     'invalid input value for enum shop_state: "shop_tight, line 7, column name:"'),
    ("doc", "'{\"shop_tight 5\":\nNaN}'", ".doc", "invalid input syntax for type json"),
    ("price", "123456789.5", ".price", "numeric field overflow"),
    ("ratio", "0.123456789", ".ratio", "a real would keep 0.123456789 as 0.12345679"),
    ("at", "'2026-01-01 00:00'", "", 'duplicate key value violates unique constraint "shop_tight_at_key"'),
)  # fmt: skip


@ON_SQLITE
def test_what_postgresql_refuses_is_named_with_its_row_and_nothing_is_touched(
    shop: Shop, other_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_archive, "PIECE_BYTES", 1)
    shop.install("1.0", TIGHT)
    shop.install("1.0", CART, module="cart")
    assert shop.up().errors == ()
    ids = "WITH RECURSIVE ids(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 1250)"
    shop.run(
        f"{ids} INSERT INTO shop_tight (id) SELECT id FROM ids", "UPDATE shop_tight SET at = '2026-01-01' WHERE id = 9"
    )
    (tmp_path / "elsewhere").mkdir()
    other = Shop(tmp_path / "elsewhere", other_url, shop.samples)
    assert other.up().errors == ()
    other.run("INSERT INTO shop_tight (id, name) VALUES (1, 'kept')")
    before = other.dump()
    for column, value, named, why in WRONG:
        shop.run(f'UPDATE shop_tight SET "{column}" = {value.replace(":", chr(92) + ":")} WHERE id = 1205')
        archive = archived(shop, *(() if column == "count" else ("shop",)))
        with pytest.raises(RestoreFailed) as failed:
            (restored if column == "count" else Shop.restore)(other, archive.path)
        assert failed.value.cause == (
            f"ValueNotPortable: shop_tight{named} in row 1,205 cannot be kept in this database: {why}"
        )
        assert "change the value there and archive it again" in str(failed.value.remedy)
        assert other.dump() == before
        shop.run(f'UPDATE shop_tight SET "{column}" = NULL WHERE id = 1205')
    shop.run("UPDATE shop_tight SET ratio = 0.1, name = 'ten  long ', \"odd name\" = 'größer 漢字🙂' WHERE id = 1205")
    other.restore(archived(shop, "shop").path)
    assert other.ask("SELECT count(*) FROM shop_tight") == [(1250,)]
    assert other.ask('SELECT ratio, name, "odd name" FROM shop_tight WHERE id = 1205') == [
        (0.1, "ten  long ", "größer 漢字🙂")
    ]


MONEY = """
    op.create_table("shop_money", sa.Column("large", sa.Numeric(30, 2)), sa.Column("any", sa.Numeric), sa.Column("price", sa.Numeric(14, 4)))
"""


@ON_POSTGRESQL
def test_a_decimal_that_models_would_read_otherwise_from_sqlite_is_named_and_nothing_is_touched(
    shop: Shop, other_url: str, tmp_path: Path
) -> None:
    shop.install("1.0", MONEY)
    shop.install("1.0", CART, module="cart")
    assert shop.up().errors == ()
    (tmp_path / "elsewhere").mkdir()
    other = Shop(tmp_path / "elsewhere", other_url, shop.samples)
    assert other.up().errors == ()
    shop.run("INSERT INTO shop_money VALUES (9999999999999.99, 99999.99, 9999999999.9999)")
    other.restore(archived(shop, "shop").path)
    before = other.ask("SELECT * FROM shop_money")
    assert before == [(9999999999999.99, 99999.99, 9999999999.9999)]
    for column, value, read in (
        ("large", "1e23", "99999999999999991611392.00"),
        ("any", "1234567.89", "1234567.8899999999"),
    ):
        shop.run(f'INSERT INTO shop_money ("{column}") VALUES ({value})')
        archive = archived(shop, "shop")
        with pytest.raises(RestoreFailed) as failed:
            other.restore(archive.path)
        assert failed.value.cause is not None
        assert failed.value.cause.startswith(
            f"ValueNotPortable: shop_money.{column} in row 2 cannot be kept in this database: from SQLite "
        )
        assert failed.value.cause.endswith(f" would be read as {read}")
        assert other.ask("SELECT * FROM shop_money") == before
        shop.run("DELETE FROM shop_money WHERE price IS NULL")


@ON_SQLITE
def test_what_sqlite_alone_keeps_comes_back_to_it(shop: Shop) -> None:
    shop.brought_up().run(
        "INSERT INTO shop_log VALUES (CAST(x'ff00fe' AS TEXT)), ('a' || char(0) || 'b'), (x'00ff'), (9e999), (-9e999)",
        "UPDATE shop_item SET big = 'not a number' WHERE id = 2",
    )
    before = shop.ask("SELECT typeof(what), hex(what) FROM shop_log"), shop.ask("SELECT big FROM shop_item")
    archive = archived(shop, "shop")
    shop.run("DELETE FROM shop_log", "UPDATE shop_item SET big = 1")
    shop.restore(archive.path)
    assert (shop.ask("SELECT typeof(what), hex(what) FROM shop_log"), shop.ask("SELECT big FROM shop_item")) == before


@ON_POSTGRESQL
def test_a_module_in_a_schema_of_its_own_is_archived_with_the_others(
    shop: Shop, other_url: str, tmp_path: Path
) -> None:
    shop.placement = "schema"
    shop.install("1.0", portable.REVISION)
    shop.install("1.0", CART, module="cart")
    assert shop.up().errors == ()
    shop.run("INSERT INTO hub_shop.shop_kind (id, name) VALUES (1, 'one')")
    archive = archived(shop)
    restored(shop, archive.path)
    assert shop.ask("SELECT name FROM hub_shop.shop_kind") == [("one",)]
    assert shop.ask("SELECT text FROM public.cart_line") == [("of another module",)]
    (tmp_path / "elsewhere").mkdir()
    other = Shop(tmp_path / "elsewhere", other_url, shop.samples)
    restored(other, archive.path)
    assert other.ask("SELECT name FROM shop_kind") == [("one",)]
    assert other.up().errors == ()


def test_what_cannot_be_archived_is_refused(shop: Shop) -> None:
    archive = archived(shop.brought_up())
    with pytest.raises(ModuleUnknown):
        archived(shop, "shoop")
    with pytest.raises(ArchiveRefused):
        create_archive(shop.settings, output=archive.path)
    beside = shop.folder / "mine.part"
    beside.write_text("somebody else's")
    made = create_archive(shop.settings, ("shop",), output=shop.folder / "there")
    assert made.path.exists()
    assert beside.exists()


def test_the_core_of_an_older_release_is_made_filled_and_migrated(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shop.brought_up().dump()
    older = "hub_0004"
    with connect(shop.url) as connection:
        number = generation(connection).number
    downgrade(shop.url, CORE_MIGRATIONS, target=older, on_revision=lambda run: None)
    with monkeypatch.context() as patched:
        patched.setattr("hub_core.registry.tables.CORE_REVISION", older)
        patched.setattr("hub_core.operations.backups.archive_writing.CORE_REVISION", older)
        archive = archived(shop)
    assert archive.content.modules["hub"].revision == older
    assert "hub_lock" not in {table.name for table in archive.content.modules["hub"].tables}
    upgrade(shop.url, CORE_MIGRATIONS, on_revision=lambda run: None)
    shop.run("DELETE FROM shop_pair")
    restored(shop, archive.path)
    assert shop.dump() == before
    with connect(shop.url) as connection:
        assert current(connection, CORE_MIGRATIONS) == CORE_REVISION
        assert generation(connection).number == number + 1
    assert shop.up().errors == ()


def test_one_of_a_newer_core_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.brought_up()
    with monkeypatch.context() as patched:
        patched.setattr("hub_core.operations.backups.archive_writing.CORE_REVISION", "hub_9999")
        archive = archived(shop)
    with pytest.raises(RestoreRefused) as refused:
        restored(shop, archive.path)
    assert refused.value.cause == "the hub's own tables in it are at hub_9999, which this release does not have"
    assert "hub-core>=" in str(refused.value.remedy)


@pytest.mark.parametrize("names", [(), ("cart", "shop")])
def test_what_needs_the_tables_of_an_archive_is_named_before_anything_begins(
    shop: Shop, names: tuple[str, ...]
) -> None:
    archive = archived(shop.brought_up(), *names)
    shop.run("CREATE VIEW sums AS SELECT count(*) FROM shop_item")
    view = (
        "sums could not be used without them" if shop.url.kind == "sqlite" else "view sums depends on table shop_item"
    )
    before, files = shop.ask("SELECT count(*) FROM hub_operation"), shop.files
    for act in (partial(planned_restore_all, shop.settings), partial(restored, shop)):
        with pytest.raises(RestoreRefused) as refused:
            act(archive.path)
        assert refused.value.cause == f"the tables that it replaces are needed: {view}"
    assert (shop.ask("SELECT count(*) FROM hub_operation"), shop.files) == (before, files)
    shop.run("DROP VIEW sums")
    restored(shop, archive.path)


def test_a_revision_that_writes_into_another_module_is_refused_and_all_is_as_it_was(shop: Shop) -> None:
    before = shop.brought_up().dump(), shop.dump("cart_")
    archive = archived(shop)
    meddling = FIRST + "\n    op.execute(\"INSERT INTO cart_line (text) VALUES ('of shop')\")"
    shop.install("1.0", meddling)
    with pytest.raises(RestoreFailed, match="OwnershipViolated: the migration of shop touches what is not its own"):
        restored(shop, archive.path)
    assert (shop.dump(), shop.dump("cart_")) == before
    assert shop.ask("SELECT outcome FROM hub_operation WHERE kind = 'restore'") == [(None,)]
    shop.install("1.0", FIRST)
    assert shop.up().errors == ()
    assert shop.ask("SELECT outcome FROM hub_operation WHERE kind = 'restore'") == [("interrupted",)]


def test_what_was_done_since_stays_in_the_journal_and_in_the_audit_log(shop: Shop) -> None:
    archive = archived(shop.brought_up())
    shop.run(
        "UPDATE shop_item SET parent_id = NULL, box_id = NULL",
        "DELETE FROM shop_box",
        "DELETE FROM shop_item",
        "DELETE FROM shop_pair",
        "DELETE FROM shop_log",
        "DELETE FROM cart_line",
    )
    for kind, outcome in (("disable", "done"), ("enable", "undone")):
        with connect(shop.url) as connection:
            attempt = attempt_here(kind, actor="somebody", modules=["shop"])
            operation = start_operation(connection, kind=kind, detail=[], actor="somebody", attempt=attempt)
            finish_operation(connection, operation, outcome=outcome)
            connection.commit()
    with connect(shop.url) as connection:
        journal, log = operations(connection), audited(connection)
    done = restored(shop, archive.path)
    assert done.kept is not None, "what is replaced is kept, though no module had a row"
    with connect(shop.url) as connection:
        now, logged = operations(connection), audited(connection)
    assert [(row.number, row.id, row.kind, row.outcome) for row in now[:-1]] == [
        (row.number, row.id, row.kind, row.outcome) for row in journal
    ]
    assert (now[-1].number, now[-1].kind, now[-1].outcome) == (journal[-1].number + 1, "restore", "done")
    assert [(row.attempt, row.outcome, row.operation) for row in logged[: len(log)]] == [
        (row.attempt, row.outcome, row.operation) for row in log
    ]
    assert [(row.action, row.outcome, row.operation) for row in logged[len(log) :]] == [
        ("restore", outcome, now[-1].number) for outcome in ("begun", "done")
    ]
    assert len({row.id for row in logged}) == len(logged)
    again = restored(shop, done.kept.path)  # of a moment at which the restore was under way
    assert again.is_whole
    with connect(shop.url) as connection:
        after = operations(connection)
        assert [row.number for row in after] == [*range(1, len(now) + 2)]
        assert [row.outcome for row in after[:-1]] == [row.outcome for row in now], "the one under way ended well"
