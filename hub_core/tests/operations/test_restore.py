"""A backup put back: every row as it was, nothing else changed, whole or not at all."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub_core.database import BackupUnreadable, SqliteTables, connect, copy_sqlite, write_archive
from hub_core.database.backup_content import content_of
from hub_core.errors import HubError
from hub_core.operations.backups.backup import BackupFailed
from hub_core.operations.backups.reading import read_backup
from hub_core.operations.backups.restore import RestoreFailed, planned_restore
from hub_core.operations.backups.restore_choice import RestoreRefused
from hub_core.registry import audited, history, seeds
from hub_core.tests.operations.shop import CART, CART_MORE, FIRST, ON_POSTGRESQL, ON_SQLITE, SECOND, Shop


@pytest.fixture
def upgraded(shop: Shop) -> Shop:
    """Shop 2.0 with the backup of 1.0."""
    shop.brought_up().install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    return shop


def test_after_upgrade_and_damage_everything_is_as_it_was(shop: Shop) -> None:
    before = shop.brought_up().dump()
    assert len(before["shop_item"]) == 8
    others = shop.dump("cart_")
    shop.install("2.0", FIRST, SECOND)
    shop.up()
    upgraded = shop.dump()
    shop.run("DELETE FROM shop_pair", "UPDATE shop_item SET name = 'gone'")
    assert shop.dump() != before
    done = shop.restore(shop.backups[0].path)
    assert shop.dump() == before
    assert shop.dump("cart_") == others
    assert (done.module, done.version, done.revision, done.rows) == ("shop", "1.0", "shop_1", 23)
    assert (done.now_version, done.now_revision, done.installed, done.migrates_again) == ("2.0", "shop_2", "2.0", True)
    assert shop.up().errors == ()
    assert shop.dump()["shop_item"] == upgraded["shop_item"]


def test_what_comes_next_works_as_before(upgraded: Shop) -> None:
    upgraded.restore(upgraded.backups[0].path)
    logged = upgraded.ask("SELECT count(*) FROM shop_log")
    upgraded.run("INSERT INTO shop_item (name) VALUES ('next')")
    assert upgraded.ask("SELECT id FROM shop_item WHERE name = 'next'") == [(10,)], "9 was given out and deleted"
    assert upgraded.ask("SELECT count(*) FROM shop_log") == [(logged[0][0] + 1,)], (
        "the trigger is there, and fires once"
    )
    with pytest.raises(IntegrityError):
        upgraded.run("UPDATE shop_item SET parent_id = 999 WHERE id = 2")
    with pytest.raises(IntegrityError):
        upgraded.run("UPDATE shop_box SET item_id = 999")


def test_what_was_there_is_backed_up_first_and_can_be_restored_too(upgraded: Shop) -> None:
    upgraded.run("DELETE FROM shop_pair")
    damaged = upgraded.dump()
    upgraded.restore(upgraded.backups[0].path)
    _, safety = upgraded.backups
    assert (safety.module, safety.version, safety.revision) == ("shop", "2.0", "shop_2")
    upgraded.restore(safety.path)
    assert upgraded.dump() == damaged


def test_it_is_backed_up_first_whatever_the_setting_says(upgraded: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_BACKUP_BEFORE_UPGRADE", "false")
    upgraded.restore(upgraded.backups[0].path)
    assert len(upgraded.files) == 2


def test_what_cannot_be_backed_up_is_not_replaced(upgraded: Shop, tmp_path: Path) -> None:
    backup = shutil.copy(upgraded.backups[0].path, tmp_path)
    shutil.rmtree(upgraded.files[0].parent)
    upgraded.files or (upgraded.folder / ".hub" / "backups").write_text("in the way")
    before = upgraded.dump()
    with pytest.raises(BackupFailed) as failed:
        upgraded.restore(Path(backup))
    assert failed.value.remedy == "Mend that and run the command again", "nothing switches this one off"
    assert upgraded.dump() == before


def test_tables_that_were_dropped_by_hand_come_back(upgraded: Shop) -> None:
    upgraded.run(
        "DROP TABLE shop_pair", "DROP TABLE shop_log" + (" CASCADE" if upgraded.url.kind == "postgresql" else "")
    )
    upgraded.restore(upgraded.backups[0].path)
    assert upgraded.ask("SELECT count(*) FROM shop_pair") == [(3,)]


def test_a_module_that_is_gone_comes_back_as_it_was(shop: Shop) -> None:
    before = shop.brought_up().dump()
    shop.install("2.0", FIRST, SECOND)
    shop.up()
    with connect(shop.url) as connection:
        tables = shop.backups[0].path
        drop = "DROP TABLE shop_item{0}; DROP TABLE shop_box{0}; DROP TABLE shop_log; DROP TABLE shop_pair; DROP TABLE shop_new; DROP TABLE shop_alembic_version"
        cascade = " CASCADE" if shop.url.kind == "postgresql" else ""
        if not cascade:
            connection.execute(text("DROP VIEW shop_names"))
            connection.commit()
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        for statement in drop.format(cascade).split("; "):
            connection.execute(text(statement))
        connection.execute(text("DELETE FROM hub_module WHERE name = 'shop'"))
        connection.execute(text("DELETE FROM hub_table WHERE module = 'shop'"))
        connection.commit()
    done = shop.restore(tables)
    assert (done.now_version, done.has_data) == (None, False)
    assert shop.dump() == before


def test_an_sqlite_backup_gives_any_of_its_modules(shop: Shop) -> None:
    before = shop.brought_up().dump("cart_")
    shop.install("1.1", CART, CART_MORE, module="cart")
    shop.install("2.0", FIRST, SECOND)
    shop.up()
    shop.run("UPDATE cart_line SET more = 'x'")
    if shop.url.kind == "sqlite":
        shop.run("DELETE FROM shop_pair")
        damaged = shop.dump()
        assert shop.restore(shop.files[0], module="cart").module == "cart"
        assert shop.dump() == damaged
        assert shop.dump("cart_") == before
        shop.restore(shop.files[0], module="shop")
        assert shop.ask("SELECT count(*) FROM shop_pair") == [(3,)]
    else:
        file = next(made.path for made in shop.backups if made.module == "cart")
        with pytest.raises(RestoreRefused) as raised:
            shop.restore(file, module="shop")
        assert str(raised.value) == (
            f"{file} cannot be restored here\ncause: it does not hold shop; it holds cart\nremedy: Name one of these with --module"
        )


def test_the_restore_is_in_the_history_and_in_the_audit_log(upgraded: Shop) -> None:
    file = upgraded.backups[0].path
    upgraded.restore(file)
    with connect(upgraded.url) as connection:
        for outcome, row in zip(("begun", "done"), audited(connection)[-2:], strict=True):
            assert (row.action, row.outcome, [*row.modules]) == ("restore", outcome, ["shop"])
            assert (row.options, [*row.hashes]) == ({"file": str(file)}, ["shop"])
            assert row.hashes["shop"]
        last = history(connection, "shop")[-1]
        assert (last.before, last.after, last.outcome) == ("shop_2", "shop_1", "restored")
        assert connection.execute(text("SELECT kind, outcome FROM hub_operation ORDER BY started_at DESC")).first() == (
            "restore",
            "done",
        )


def test_what_is_remembered_of_seed_data_is_restored_too(shop: Shop) -> None:
    row = {"module": "shop", "table": "shop_item", "key": "1", "values": {"name": "Ünï"}}
    other = {"module": "cart", "table": "cart_line", "key": "1", "values": {}}

    def remembered() -> list[tuple[object, ...]]:
        with connect(shop.url) as connection:
            return sorted(
                tuple(each)
                for each in connection.execute(
                    seeds.select().with_only_columns(seeds.c.module, seeds.c.key, seeds.c.at)
                )
            )

    shop.brought_up()
    with connect(shop.url) as connection:
        connection.execute(seeds.insert(), [row, other])
        connection.commit()
    before = remembered()
    shop.install("2.0", FIRST, SECOND)
    shop.up()
    shop.run("UPDATE hub_seed SET key = '2' WHERE module = 'shop'")
    shop.restore(shop.backups[0].path)
    assert remembered() == before
    with connect(shop.url) as connection:
        assert connection.scalar(
            seeds.select().with_only_columns(seeds.c["values"]).where(seeds.c.module == "shop")
        ) == {"name": "Ünï"}


def refused(shop: Shop, path: Path, kind: type[HubError]) -> HubError:
    """Restoring raises, and nothing has changed; not even a backup was made."""
    before, files = shop.dump(), shop.files
    with pytest.raises(kind) as raised:
        shop.restore(path)
    assert (shop.dump(), shop.files) == (before, files)
    return raised.value


def test_a_release_without_the_revision_is_refused(upgraded: Shop) -> None:
    upgraded.restore(upgraded.backups[0].path)
    newer = upgraded.backups[1].path
    upgraded.install("1.0", FIRST)
    assert str(refused(upgraded, newer, RestoreRefused)) == (
        f"{newer} cannot be restored here\n"
        "cause: its tables are at shop_2, which sample-shop 1.0 does not have\n"
        "remedy: Install the version it was made with: pip install 'sample-shop==2.0'"
    )


def test_a_module_that_is_not_installed_is_refused(upgraded: Shop) -> None:
    shutil.rmtree(upgraded.samples.site / "sample_shop-1.0.dist-info")
    said = refused(upgraded, upgraded.files[0], RestoreRefused)
    assert said.cause == "shop is not installed, and its tables are made by its own revisions"
    assert said.remedy == "Install it: pip install 'sample-shop==1.0'"


def test_a_module_that_cannot_be_imported_is_restored_all_the_same(shop: Shop) -> None:
    before = shop.brought_up().dump()
    shop.install("2.0", FIRST, SECOND)
    shop.up()
    (shop.samples.site / "sample_shop" / "__init__.py").write_text("raise ImportError('the new release is broken')\n")
    shop.samples.forget()
    shop.restore(shop.files[0])
    assert shop.dump() == before


def test_a_backup_of_the_other_database_is_refused(upgraded: Shop, tmp_path: Path) -> None:
    other, content = tmp_path / "other", read_backup(upgraded.files[0])
    if upgraded.url.kind == "sqlite":
        made_on, module = "postgresql", replace(content.modules["shop"], tables=())
        write_archive(other, (), lambda tables: replace(content, kind="postgresql", modules={"shop": module}))
    else:
        made_on = "sqlite"
        sqlite3.connect(tmp_path / "some.db").close()
        other.touch()
        copy_sqlite(tmp_path / "some.db", other, lambda copy: replace(content, kind="sqlite"))
    said = refused(upgraded, other, RestoreRefused)
    assert said.cause == f"it was made on {made_on}, and this hub's database is {upgraded.url.masked}"


def test_a_damaged_file_is_refused(upgraded: Shop) -> None:
    path = upgraded.files[0]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    refused(upgraded, path, BackupUnreadable)
    refused(upgraded, path.with_name("nowhere"), BackupUnreadable)


@ON_SQLITE  # the other: hub_core/tests/database/test_table_archive.py
def test_a_row_that_was_changed_in_the_file_is_noticed(upgraded: Shop) -> None:
    path = upgraded.files[0]
    whole = path.read_bytes()
    assert b"slash" in whole
    path.write_bytes(whole.replace(b"slash", b"smash"))
    before = upgraded.dump()
    with pytest.raises(RestoreFailed, match=r"shop_item has 8 rows with SHA-256 .*; the backup was made of 8 with"):
        upgraded.restore(path)
    assert upgraded.dump() == before


@ON_SQLITE  # PostgreSQL checks them itself when they are made again
def test_rows_that_would_refer_to_nothing_are_refused(upgraded: Shop) -> None:
    path = upgraded.files[0]
    with closing(sqlite3.connect(path)) as backup:
        backup.execute("UPDATE shop_item SET parent_id = 999 WHERE id < 3")
        backup.execute("UPDATE shop_box SET item_id = 888 WHERE id = 1")
        ((said,),) = backup.execute("SELECT content FROM hub_backup")
        content = content_of(said)
        module, reading = content.modules["shop"], SqliteTables(backup)
        tables = tuple(reading.content(each.name, each.columns) for each in module.tables)
        changed = replace(content, modules={**content.modules, "shop": replace(module, tables=tables)})
        backup.execute("UPDATE hub_backup SET content = ?", (changed.as_json(),))
        backup.commit()
    before = upgraded.dump()
    with pytest.raises(RestoreFailed) as raised:
        upgraded.restore(path)
    assert raised.value.cause == (
        "RowsOrphaned: rows would refer to rows that are not there: "
        "1 of shop_box to shop_item, 2 of shop_item to shop_item"
    )
    assert upgraded.dump() == before


@ON_SQLITE  # PostgreSQL does not remove a table that another one refers to
def test_rows_of_somebody_else_keep_what_they_refer_to(upgraded: Shop) -> None:
    upgraded.run(
        "CREATE TABLE reports (item INTEGER REFERENCES shop_item (id))",
        "INSERT INTO shop_item (id, name) VALUES (77, 'new')",
        "INSERT INTO reports VALUES (77)",
    )
    before = upgraded.dump()
    with pytest.raises(RestoreFailed, match="1 of reports to shop_item"):
        upgraded.restore(upgraded.files[0])
    assert upgraded.dump() == before
    upgraded.run("UPDATE reports SET item = 1")
    upgraded.restore(upgraded.files[0])
    assert upgraded.ask("SELECT item FROM reports") == [(1,)]


@ON_POSTGRESQL
def test_what_belongs_to_nobody_and_needs_the_tables_is_named_before_anything_begins(upgraded: Shop) -> None:
    upgraded.run("CREATE VIEW sums AS SELECT count(*) FROM shop_item")
    said = refused(upgraded, upgraded.files[0], RestoreRefused)
    assert said.cause == "the tables that it replaces are needed: view sums depends on table shop_item"
    assert said.remedy == "Remove what is named there, restore, and make it again"
    with pytest.raises(RestoreRefused, match="view sums depends on table shop_item"):
        planned_restore(upgraded.settings, upgraded.files[0])
    upgraded.run("DROP VIEW sums")
    upgraded.restore(upgraded.files[0])


def test_revisions_that_were_edited_since_are_refused_and_nothing_is_lost(upgraded: Shop) -> None:
    upgraded.install("2.0", FIRST.replace('"note"', '"remark"'), SECOND)
    before = upgraded.dump()
    with pytest.raises(
        RestoreFailed, match=r"make shop_item with the columns id, name, remark, .* the backup has id, name, note"
    ):
        upgraded.restore(upgraded.files[0])
    assert upgraded.dump() == before


def test_a_revision_that_fails_leaves_everything_as_it_was(upgraded: Shop) -> None:
    upgraded.install("2.0", FIRST + "    raise RuntimeError('half way')\n", SECOND)
    before = upgraded.dump()
    with pytest.raises(RestoreFailed) as raised:
        upgraded.restore(upgraded.files[0])
    assert str(raised.value) == (
        f"shop was not restored from {upgraded.files[0]}; its tables are as they were before\n"
        "cause: RuntimeError: half way\nremedy: Mend that, and restore again"
    )
    assert upgraded.dump() == before


def test_a_revision_that_touches_another_module_is_refused(upgraded: Shop) -> None:
    upgraded.install("2.0", FIRST + "    op.execute('DELETE FROM cart_line')\n", SECOND)
    before = upgraded.dump()
    with pytest.raises(RestoreFailed, match="OwnershipViolated"):
        upgraded.restore(upgraded.files[0])
    assert upgraded.dump() == before
    assert upgraded.ask("SELECT count(*) FROM cart_line") == [(1,)]


KILLED = """
import os, pathlib, sys
folder, database_url, site, file, point = sys.argv[1:]
sys.path.insert(0, site)
os.chdir(folder)
from hub_core.operations.backups import reading, remaking, restore
from hub_core.settings import read_settings

def kill(*_, **__):
    os.kill(os.getpid(), 9)

if point == "drop":
    remaking.rebuild = lambda *_, clear, **__: (clear(), kill())
elif point == "fill":
    reading._verify = kill
elif point == "commit":
    restore.finish_operation = kill
restore.restore(read_settings(pathlib.Path(folder), database_url=database_url), pathlib.Path(file), agree=lambda plan: None)
"""


@pytest.mark.parametrize("point", ["drop", "fill", "commit"])
def test_a_process_killed_while_it_restores_leaves_everything_as_it_was(upgraded: Shop, point: str) -> None:
    before, file = upgraded.dump(), upgraded.files[0]
    arguments = [str(upgraded.folder), upgraded.database_url, str(upgraded.samples.site), str(file), point]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert upgraded.dump() == before
    upgraded.restore(file)
    assert upgraded.dump()["recorded"][0][:2] == ("1.0", "shop_1")


@ON_POSTGRESQL  # SQLite looks at views when they are used
def test_a_view_that_somebody_makes_meanwhile_is_not_removed(upgraded: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    upgraded.run("CREATE VIEW reports AS SELECT name FROM shop_item")
    monkeypatch.setattr("hub_core.operations.backups.restore.needing", lambda *_: [])
    before = upgraded.dump()
    with pytest.raises(RestoreFailed, match="view reports depends on"):
        upgraded.restore(upgraded.files[0])
    assert upgraded.dump() == before


INDEX = """
    if not is_sqlite:
        op.execute("CREATE INDEX CONCURRENTLY ix_shop_note ON shop_item (day)")


transactional = False
"""


def test_a_revision_that_cannot_run_in_a_transaction_is_run_in_one(shop: Shop) -> None:
    shop.install("1.0", FIRST, INDEX)
    shop.install("1.0", CART, module="cart")
    assert shop.up().errors == ()
    shop.fill()
    before = shop.dump()
    shop.install("2.0", FIRST, INDEX, SECOND)
    assert shop.up().errors == ()
    shop.restore(shop.files[0])
    assert shop.dump() == before


@ON_POSTGRESQL  # SQLite has no schemas
def test_a_module_in_a_schema_of_its_own_is_restored_there(shop: Shop) -> None:
    shop.placement = "schema"
    shop.brought_up()
    before = shop.ask("SELECT * FROM hub_shop.shop_item")
    shop.install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    assert shop.ask("SELECT * FROM hub_shop.shop_item") != before
    assert [made.rows for made in shop.backups] == [23]
    shop.restore(shop.files[0])
    assert shop.ask("SELECT * FROM hub_shop.shop_item") == before
    assert shop.ask("SELECT last_value FROM hub_shop.shop_numbers") == [(7,)]
    assert shop.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'shop_%'") == [(0,)]


@pytest.fixture
def ordinary(shop: Shop) -> Iterator[Shop]:
    """The same with a role that is no superuser and owns nothing but the database."""
    url = shop.url
    role = f"ordinary_{url.url.database}"
    engine = create_engine(url.sync_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'ordinary'"))
        connection.execute(text(f"ALTER DATABASE {url.url.database} OWNER TO {role}"))
    shop.database_url = url.url.set(username=role, password="ordinary").render_as_string(hide_password=False)
    yield shop
    with engine.connect() as connection:
        connection.execute(text(f"REASSIGN OWNED BY {role} TO current_user"))
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    engine.dispose()


@ON_POSTGRESQL
def test_an_ordinary_role_can_do_all_of_it(ordinary: Shop) -> None:
    before = ordinary.brought_up().dump()
    ordinary.install("2.0", FIRST, SECOND)
    assert ordinary.up().errors == ()
    ordinary.restore(ordinary.files[0])
    assert ordinary.dump() == before


@ON_SQLITE  # PostgreSQL takes no such text
def test_text_that_is_not_utf8_is_restored_as_it_was(shop: Shop) -> None:
    shop.brought_up()
    with closing(sqlite3.connect(shop.url.sqlite_path)) as database:
        database.execute("INSERT INTO shop_log VALUES (CAST(x'ff00fe' AS TEXT))")
        database.commit()
    shop.install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    shop.run("DELETE FROM shop_log")
    shop.restore(shop.files[0])
    found = "SELECT hex(what), typeof(what) FROM shop_log WHERE hex(what) LIKE 'FF%'"
    assert shop.ask(found) == [("FF00FE", "text")]


def test_who_does_not_agree_changes_nothing(upgraded: Shop) -> None:
    def no(restoring: object) -> None:
        raise DBAPIError("no", None, ValueError())

    before, files = upgraded.dump(), upgraded.files
    with pytest.raises(DBAPIError):
        upgraded.restore(files[0], agree=no)
    assert (upgraded.dump(), upgraded.files) == (before, files)
