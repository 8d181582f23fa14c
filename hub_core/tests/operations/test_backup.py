"""Before a module with data is upgraded, its data is kept in a file; without that file it is not upgraded."""

from hub_core.tests.operations.shop import FIRST, SECOND, Shop


def test_an_upgrade_with_data_leaves_a_backup_and_says_where(shop: Shop) -> None:
    shop.brought_up().install("2.0", FIRST, SECOND)
    assert shop.files == []
    assert shop.up().errors == ()
    [made] = shop.backups
    assert shop.files == [made.path]
    assert (made.module, made.version, made.revision, made.shared) == ("shop", "1.0", "shop_1", False)
    assert made.rows == 8 + 3 + 9 + 3
    assert made.bytes == made.path.stat().st_size
    assert made.path.name.startswith("shop-1.0-shop_1-2")
    assert made.path.name.endswith(".db" if shop.url.kind == "sqlite" else ".tar.gz")
    assert shop.ask("SELECT count(*) FROM shop_item WHERE color = 'red'") == [(8,)]
