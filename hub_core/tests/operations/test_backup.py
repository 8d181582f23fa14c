"""Before a module with data is upgraded, its data is kept in a file; without that file it is not upgraded."""

from pathlib import Path

import pytest

from hub_core.tests.operations.shop import CART, CART_MORE, FIRST, SECOND, Shop


def brought_up(shop: Shop) -> Shop:
    shop.install("1.0", FIRST)
    shop.install("1.0", CART, module="cart")
    assert shop.up().errors == ()
    assert shop.files == []
    shop.fill()
    return shop


def test_an_upgrade_with_data_leaves_a_backup_and_says_where(shop: Shop) -> None:
    brought_up(shop).install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    [made] = shop.backups
    assert shop.files == [made.path]
    assert (made.module, made.version, made.revision, made.shared) == ("shop", "1.0", "shop_1", False)
    assert made.rows == 8 + 3 + 9 + 3
    assert made.bytes == made.path.stat().st_size
    assert made.path.name.startswith("shop-1.0-shop_1-2")
    assert made.path.name.endswith(".db" if shop.url.kind == "sqlite" else ".tar.gz")
    assert shop.ask("SELECT count(*) FROM shop_item WHERE color = 'red'") == [(8,)]
