"""An archive is made while the hub serves: it holds one moment of all modules, and nobody waits for it."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from hub_core.database import connect
from hub_core.operations.backups import archive_writing
from hub_core.operations.backups.archive_writing import Archiving
from hub_core.operations.backups.archiving import create_archive
from hub_core.operations.backups.restore_all import restore_all
from hub_core.tests.operations.shop import Shop

ACCOUNTS = """
    op.create_table("{name}_account", sa.Column("id", sa.Integer, primary_key=True), sa.Column("sum", sa.Integer))
    op.execute("INSERT INTO {name}_account WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i, 100 FROM n")
"""
TOTAL = 2 * 500 * 100


def transfer(shop: Shop, number: int) -> None:
    """Ten from an account of the one module to an account of the other, or back, in one transaction."""
    one, other = ("shop", "cart") if number % 2 else ("cart", "shop")
    account = {"id": number * 7919 % 500 + 1}
    with connect(shop.url) as connection:
        connection.execute(text(f'UPDATE {one}_account SET "sum" = "sum" - 10 WHERE id = :id'), account)
        connection.execute(text(f'UPDATE {other}_account SET "sum" = "sum" + 10 WHERE id = :id'), account)
        connection.commit()


@pytest.fixture
def bank(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    for module in ("shop", "cart"):
        shop.install("1.0", ACCOUNTS.format(name=module), module=module)
    assert shop.up().errors == ()
    monkeypatch.setattr(archive_writing, "EVERY_ROWS", 50)
    return shop


def total_in(shop: Shop, path: Path) -> int:
    restore_all(shop.settings, path, agree=lambda restoring: None)
    [(one,)], [(other,)] = (shop.ask(f'SELECT sum("sum") FROM {module}_account') for module in ("shop", "cart"))
    return int(one) + int(other)


def test_sums_add_up_though_money_moves_between_every_few_rows(bank: Shop) -> None:
    moved = list[int]()

    def move(archiving: Archiving) -> None:
        transfer(bank, len(moved))
        moved.append(archiving.rows)

    archive = create_archive(bank.settings, on_archiving=move)
    assert len(moved) > 20, "none of them had to wait for the archive"
    tables = {table.name: table for module in archive.content.modules.values() for table in module.tables}
    assert tables["cart_account"].rows == tables["shop_account"].rows == 500
    assert total_in(bank, archive.path) == TOTAL
    assert bank.ask('SELECT count(*) FROM shop_account WHERE "sum" <> 100') == [(0,)], "as it was when it began"


def test_sums_add_up_while_others_transfer_all_the_time(bank: Shop) -> None:
    is_over, number = threading.Event(), 0

    def go_on() -> None:
        nonlocal number
        while not is_over.is_set():
            transfer(bank, number)
            number += 1

    moving = threading.Thread(target=go_on)
    moving.start()
    try:
        archives = [create_archive(bank.settings).path for _ in range(3)]
    finally:
        is_over.set()
        moving.join()
    assert number > 3
    assert [total_in(bank, path) for path in archives] == [TOTAL] * 3
