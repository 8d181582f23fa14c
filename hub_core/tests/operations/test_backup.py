"""Before a module with data is upgraded, its data is kept in a file; without that file it is not upgraded."""

import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hub_core.database import read_archive, write_archive
from hub_core.operations.backups import writing as backup_writing
from hub_core.operations.backups.reading import read_backup
from hub_core.tests.operations.shop import CART, CART_MORE, FIRST, ON_POSTGRESQL, ON_SQLITE, SECOND, Shop

SUFFIX = {"sqlite": ".db", "postgresql": ".tar.gz"}


def test_an_upgrade_with_data_leaves_a_backup_and_says_where(shop: Shop) -> None:
    shop.brought_up().install("2.0", FIRST, SECOND)
    assert shop.files == []
    assert shop.up().errors == ()
    [made] = shop.backups
    assert shop.files == [made.path]
    assert (made.module, made.version, made.revision, made.shared) == ("shop", "1.0", "shop_1", False)
    assert made.rows == 8 + 3 + 9 + 3
    assert made.bytes == made.path.stat().st_size
    assert re.fullmatch(r"shop-1\.0-shop_1-\d{8}T\d{6}\.\d{6}Z", made.path.name.removesuffix(SUFFIX[shop.url.kind]))
    assert shop.ask("SELECT count(*) FROM shop_item WHERE color = 'red'") == [(8,)]


def test_only_this_user_may_read_backups(shop: Shop) -> None:
    folder = shop.folder / ".hub" / "backups"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    shop.brought_up().install("2.0", FIRST, SECOND)
    shop.up()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in shop.files] == [0o600]


def test_it_says_what_it_is_and_leaves_out_the_version_table(shop: Shop) -> None:
    shop.brought_up().install("2.0", FIRST, SECOND)
    shop.up()
    content = read_backup(shop.backups[0].path)
    module = content.modules["shop"]
    assert (content.kind, content.made_for) == (shop.url.kind, "shop")
    assert (module.version, module.revision, module.table_prefix, module.placement, module.state) == (
        "1.0",
        "shop_1",
        "shop_",
        "shared",
        "enabled",
    )
    assert {table.name: table.rows for table in module.tables} == {
        "shop_box": 3,
        "shop_item": 8,
        "shop_log": 9,
        "shop_pair": 3,
    }
    item = next(table for table in module.tables if table.name == "shop_item")
    assert "odd name" in item.columns
    assert "twice" not in item.columns, "the database computes it"
    assert sorted(content.modules) == (["cart", "shop"] if shop.url.kind == "sqlite" else ["shop"])


def test_a_module_without_rows_is_not_backed_up(shop: Shop) -> None:
    shop.brought_up().run(
        "UPDATE shop_item SET parent_id = NULL, box_id = NULL", "DELETE FROM shop_box", "DELETE FROM shop_item"
    )
    shop.run("DELETE FROM shop_log", "DELETE FROM shop_pair")
    shop.install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    assert (shop.backups, shop.files) == ([], [])


def test_an_upgrade_without_new_revisions_is_not_backed_up(shop: Shop) -> None:
    shop.brought_up().install("1.1", FIRST)
    shop.up()
    shop.up()
    assert (shop.backups, shop.files) == ([], [])


def test_who_has_other_backups_can_do_without(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_BACKUP_BEFORE_UPGRADE", "false")
    shop.brought_up().install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    assert (shop.backups, shop.files) == ([], [])


def test_two_upgrades_make_two_files_on_postgresql_and_one_on_sqlite(shop: Shop) -> None:
    shop.brought_up().install("2.0", FIRST, SECOND)
    shop.install("1.1", CART, CART_MORE, module="cart")
    assert shop.up().errors == ()
    assert [(made.module, made.version) for made in shop.backups] == [("cart", "1.0"), ("shop", "1.0")]
    if shop.url.kind == "sqlite":
        assert [made.shared for made in shop.backups] == [False, True]
        assert len(shop.files) == 1
        assert {made.path for made in shop.backups} == set(shop.files)
        assert {name: module.revision for name, module in read_backup(shop.files[0]).modules.items()} == {
            "cart": "cart_1",
            "shop": "shop_1",
        }, "as it was before the first of them"
    else:
        assert sorted(made.path for made in shop.backups) == shop.files


def test_a_failed_migration_leaves_the_backup(shop: Shop) -> None:
    before = shop.brought_up().dump()
    shop.install("2.0", FIRST, SECOND + "    raise RuntimeError('half way')\n")
    [error] = shop.up().errors
    assert error.phase == "migration"
    assert [made.path for made in shop.backups] == shop.files
    assert shop.dump() == before


def test_where_none_can_be_written_the_module_stays_as_it_is_and_others_go_on(shop: Shop) -> None:
    before = shop.brought_up().dump()
    folder = shop.folder / ".hub" / "backups"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    shop.install("2.0", FIRST, SECOND)
    shop.run("DELETE FROM cart_line")  # so cart needs no backup
    shop.install("1.1", CART, CART_MORE, module="cart")
    raised = shop.up()
    [error] = raised.errors
    assert (error.module, error.phase, error.kind) == ("shop", "backup", "BackupFailed")
    assert shop.dump() == before
    assert shop.ask("SELECT more FROM cart_line") == []
    assert re.fullmatch(
        "shop failed: backup\n"
        f"cause: {re.escape(str(folder))} is a file, and has to be a folder; its tables are as they were\n"
        "remedy: Mend that and run the command again; with HUB_BACKUP_BEFORE_UPGRADE=false none is made",
        str(error),
    )
    cause = error.__cause__
    assert str(cause).startswith(f"the backup of shop could not be written to {folder}/shop-1.0-shop_1-")


def test_a_full_disk_leaves_the_old_state_whole_and_no_file(
    shop: Shop, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.brought_up()
    random = (
        "hex(randomblob(2000))"
        if shop.url.kind == "sqlite"
        else "(SELECT string_agg(md5(random()::text || g || n), '') FROM generate_series(1, 125) g)"
    )
    numbers = "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 1500)"
    shop.run(f"INSERT INTO shop_log {numbers} SELECT {random} FROM many")
    before = shop.dump()
    shop.install("2.0", FIRST, SECOND)
    with monkeypatch.context() as patched:
        if shop.url.kind == "sqlite":  # it would be known beforehand: see the next test
            plenty = shutil._ntuple_diskusage(10**9, 0, 10**9)
            patched.setattr(shutil, "disk_usage", lambda folder: plenty)
        [error] = shop.up().errors
    assert error.phase == "backup"
    assert re.fullmatch(
        rf"no space left on the disk of {small_disk}: \d+ bytes are free \(.*\); its tables are as they were",
        error.cause or "",
    )
    assert error.remedy.startswith("Free some space there")
    assert shop.files == []
    assert shop.dump() == before
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    assert shop.up().errors == ()
    assert len(shop.files) == 1


@ON_SQLITE  # what an archive will need is not known beforehand
def test_a_copy_that_would_fill_the_disk_is_not_begun(
    shop: Shop, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.brought_up().run("INSERT INTO shop_log VALUES (hex(randomblob(2000000)))")
    shop.install("2.0", FIRST, SECOND)
    monkeypatch.setattr(backup_writing, "copy_sqlite", None)
    [error] = shop.up().errors
    assert re.search(r"no space left, as the database has \d{7} bytes", error.cause or "")
    assert shop.files == []


KILLED = """
import os, pathlib, sys
folder, database_url, site, point = sys.argv[1:]
sys.path.insert(0, site)
os.chdir(folder)
from hub_core.operations.up import up
from hub_core.settings import read_settings

def kill(*_):
    os.kill(os.getpid(), 9)

if point == "replace":
    replace = pathlib.Path.replace
    pathlib.Path.replace = lambda path, target: (kill if path.suffix == ".part" and "backups" in path.parts else replace)(path, target)
elif point == "write":
    from hub_core.operations.backups import writing as backup_writing
    backup_writing.module_content = kill
up(read_settings(pathlib.Path(folder), database_url=database_url), agree=lambda plan: None, on_revision=print, on_backup=kill)
"""


@pytest.mark.parametrize("point", ["write", "replace", "after"])
def test_a_process_killed_while_it_backs_up_leaves_the_old_state_and_no_half_file(shop: Shop, point: str) -> None:
    before = shop.brought_up().dump()
    shop.install("2.0", FIRST, SECOND)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, shop.folder, shop.database_url, shop.samples.site, point], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert shop.dump() == before
    [left] = shop.files
    assert left.name.endswith(".part") == (point != "after")
    assert shop.up().errors == ()
    assert [file.name for file in shop.files if ".part" in file.name] == []
    assert len(shop.files) == (2 if point == "after" else 1)
    for file in shop.files:
        assert read_backup(file).modules["shop"].rows == 23


@ON_SQLITE
def test_the_copy_of_an_sqlite_database_can_be_used_as_one(shop: Shop) -> None:
    before = shop.brought_up().dump()
    shop.install("2.0", FIRST, SECOND)
    shop.up()
    for suffix in ("", "-wal", "-shm"):
        Path(f"{shop.url.sqlite_path}{suffix}").unlink(missing_ok=True)
    shutil.copy(shop.files[0], shop.url.sqlite_path)
    assert shop.dump() == before
    assert shop.up().errors == ()
    with closing(sqlite3.connect(shop.url.sqlite_path)) as database:
        assert database.execute("SELECT count(*) FROM shop_item WHERE color = 'red'").fetchone() == (8,)


@ON_POSTGRESQL  # the other: hub_core/tests/database/test_sqlite_copy.py
def test_an_archive_holds_one_moment_while_others_write(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.brought_up().install("2.0", FIRST, SECOND)

    def write_while_others_do(*arguments: object) -> object:
        shop.run("DELETE FROM shop_pair", "INSERT INTO shop_log VALUES ('later')")
        return write_archive(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(backup_writing, "write_archive", write_while_others_do)
    assert shop.up().errors == ()
    rows = {table.name: table.rows for table in read_archive(shop.files[0]).modules["shop"].tables}
    assert (rows["shop_pair"], rows["shop_log"]) == (3, 9)
