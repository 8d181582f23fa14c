"""``backups_kept``: older recovery points go when a newer one is there, and nothing else does."""

import os
from pathlib import Path

import pytest

from hub_core.database import connect
from hub_core.operations.backups import backup
from hub_core.operations.backups.archiving import create_archive
from hub_core.operations.backups.listing import kept_files
from hub_core.operations.backups.retention import remove_older
from hub_core.registry import note_step, start_operation
from hub_core.tests.operations.shop import CART, CART_MORE, FIRST, SECOND, Shop

THIRD = '\n    op.create_table("shop_third", sa.Column("id", sa.Integer))\n'


@pytest.fixture
def shop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("HUB_BACKUPS_KEPT", "1")
    return shop.brought_up()


def test_only_the_newest_recovery_point_of_each_module_stays(shop: Shop) -> None:
    shop.install("2.0", FIRST, SECOND)
    shop.install("1.1", CART, CART_MORE, module="cart")
    assert shop.up().errors == ()
    first = shop.files
    shop.install("3.0", FIRST, SECOND, THIRD)
    assert shop.up().errors == ()
    newest = shop.backups[-1].path
    of_cart = [path for path in first if path.name.startswith("cart-")]
    assert shop.files == sorted([newest, *of_cart]), (
        "of cart it is the newest, on SQLite in a file that was of shop too"
    )


def test_a_file_that_two_modules_need_stays_for_the_other(shop: Shop) -> None:
    shop.install("2.0", FIRST, SECOND)
    shop.install("1.1", CART, CART_MORE, module="cart")
    assert shop.up().errors == ()
    [of_shop] = [made.path for made in shop.backups if made.module == "shop"]
    shop.install(
        "1.2", CART, CART_MORE, '\n    op.create_table("cart_third", sa.Column("id", sa.Integer))\n', module="cart"
    )
    assert shop.up().errors == ()
    assert shop.files == sorted([of_shop, shop.backups[-1].path])


def test_a_restore_does_not_remove_what_it_reads(shop: Shop) -> None:
    shop.install("2.0", FIRST, SECOND)
    shop.run("DELETE FROM cart_line")
    assert shop.up().errors == ()
    [file] = shop.files
    shop.restore(file)
    assert file in shop.files
    assert len(shop.files) == 2


def test_what_an_operation_without_an_end_needs_stays(shop: Shop) -> None:
    folder = shop.folder / ".hub" / "backups"
    folder.mkdir(parents=True)
    suffix = backup.SUFFIX[shop.url.kind]
    names = [f"shop-1.0-shop_1-2026112{day}T000000.000000Z{suffix}" for day in range(1, 5)]
    for name in (*names, "shop-1.0-shop_1-20261101T000000.000000Z.hubbackup", "notes.txt"):
        (folder / name).write_text("")
    with connect(shop.url) as connection:
        operation = start_operation(connection, kind="upgrade", detail=[])
        path = str(folder / names[1])
        note_step(connection, operation, kind="upgrade", module="shop", text="", before=None, backup=path)
        connection.commit()
    remove_older(shop.url, folder, 1, [folder / names[0]])
    assert [file.name for file in shop.files] == sorted(
        [names[0], names[1], names[3], "shop-1.0-shop_1-20261101T000000.000000Z.hubbackup", "notes.txt"]
    )
    remove_older(shop.url, folder, 0, [])
    assert len(shop.files) == 5


def test_older_archives_of_the_whole_hub_go_and_those_of_modules_stay(shop: Shop) -> None:
    made = [create_archive(shop.settings, names).path for names in ((), ("shop",), (), ("shop", "cart"), ("shop",), ())]
    assert shop.files == sorted([made[1], *made[3:]])
    files = kept_files(shop.settings)
    assert [(file.kind, file.of, file.version, file.revision) for file in files] == [
        ("archive", "shop", "1.0", "shop_1"),
        ("archive", "modules", None, None),
        ("archive", "shop", "1.0", "shop_1"),
        ("archive", "hub", None, None),
    ]


def test_nothing_goes_when_the_newer_one_could_not_be_written(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    create_archive(shop.settings)
    before = shop.files

    def full(place: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(backup.BackupFailed):
        create_archive(shop.settings)
    assert shop.files == before
    assert Path(before[0]).stat().st_size > 0
