"""A backup put back: every row as it was, nothing else changed, whole or not at all."""

import pytest
from sqlalchemy.exc import IntegrityError

from hub_core.tests.operations.shop import FIRST, SECOND, Shop


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


def test_what_comes_next_works_as_before(shop: Shop) -> None:
    shop.brought_up().install("2.0", FIRST, SECOND)
    shop.up()
    shop.restore(shop.backups[0].path)
    logged = shop.ask("SELECT count(*) FROM shop_log")
    shop.run("INSERT INTO shop_item (name) VALUES ('next')")
    assert shop.ask("SELECT id FROM shop_item WHERE name = 'next'") == [(10,)], "9 was given out and deleted"
    assert shop.ask("SELECT count(*) FROM shop_log") == [(logged[0][0] + 1,)], "the trigger is there, and fires once"
    with pytest.raises(IntegrityError):
        shop.run("UPDATE shop_item SET parent_id = 999 WHERE id = 2")
    with pytest.raises(IntegrityError):
        shop.run("UPDATE shop_box SET item_id = 999")


def test_what_was_there_is_backed_up_first_and_can_be_restored_too(shop: Shop) -> None:
    shop.brought_up().install("2.0", FIRST, SECOND)
    shop.up()
    shop.run("DELETE FROM shop_pair")
    damaged = shop.dump()
    shop.restore(shop.backups[0].path)
    _, safety = shop.backups
    assert (safety.module, safety.version, safety.revision) == ("shop", "2.0", "shop_2")
    shop.restore(safety.path)
    assert shop.dump() == damaged
