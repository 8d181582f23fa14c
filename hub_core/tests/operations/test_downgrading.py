"""The data of a module on its way back: what is written meanwhile is kept or refused, and a revision that promises too much is found out."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import psycopg
import pytest

from hub_core.database import connect, parse_url
from hub_core.errors import HubError
from hub_core.operations.downgrading import Lowering, lowerings
from hub_core.operations.installed import installed_catalog
from hub_core.operations.owning import table_owners
from hub_core.operations.undoing import source_of
from hub_core.registry import recorded, start_operation
from hub_core.tests.operations.shop import CART, Shop

DROPS = """
    op.add_column("cart_line", sa.Column("more", sa.Text))
    op.create_table("cart_extra", sa.Column("id", sa.Integer))


def downgrade():
    with op.batch_alter_table("cart_line") as batch:
        batch.drop_column("more")
    op.drop_table("cart_extra")
"""
SAFE = "\n\nsafe_downgrade = True\n"


def lowering(shop: Shop, body: str) -> Lowering:
    """Of cart from 2.0, which has ``body``, to 1.0."""
    shop.install("1.0", CART, module="cart")
    there = installed_catalog(shop.settings)
    shop.install("2.0", CART, body, module="cart")
    here = installed_catalog(shop.settings)
    with connect(shop.url, read_only=True) as connection:
        rows = recorded(connection)
        owners = table_owners(connection, here, rows)
        (found,) = lowerings(connection, there, rows, owners, partial(source_of, shop.settings, here))
    return found


def carry_out(shop: Shop, lowered: Lowering, on_backup: Callable[[Any], None] = lambda backup: None) -> None:
    """Do it, as a part of an operation."""
    with connect(shop.url) as connection:
        owners = table_owners(connection, installed_catalog(shop.settings), recorded(connection))
        operation = start_operation(connection, kind="downgrade", detail=[], actor="somebody")
        connection.commit()
    lowered.carry_out(shop.url, shop.settings, owners, lambda run: None, on_backup, operation=operation)


@pytest.fixture
def upgraded(shop: Shop) -> Shop:
    """Cart 2.0, with a row and the backup of 1.0."""
    shop.brought_up().install("2.0", CART, DROPS, module="cart")
    assert shop.up().errors == ()
    return shop


def refusing_writes(url: str, told: list[str]) -> Callable[[Any], None]:
    """Somebody else who tries to write, each time a backup was made."""

    def write(backup: Any) -> None:
        with pytest.raises((sqlite3.OperationalError, psycopg.errors.LockNotAvailable)) as refused:
            _insert(url)
        told.append(str(refused.value))

    return write


def _insert(url: str) -> None:
    statement = "INSERT INTO cart_line (text) VALUES ('meanwhile')"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(parse_url(url).sqlite_path, timeout=0.1)) as other:
            other.execute(statement)
    else:
        with psycopg.connect(url.replace("+asyncpg", ""), options="-c lock_timeout=100") as server:
            server.execute(statement)


def test_nobody_writes_between_the_copy_and_the_rows_of_the_recovery_point(upgraded: Shop) -> None:
    told: list[str] = []
    carry_out(upgraded, lowering(upgraded, DROPS), refusing_writes(upgraded.database_url, told))
    assert len(told) == 1
    assert upgraded.ask("SELECT text FROM cart_line") == [("of another module",)]


def test_nobody_writes_between_the_copy_and_the_rows_of_a_restore(upgraded: Shop) -> None:
    told: list[str] = []
    point = next(each.path for each in upgraded.backups if each.module == "cart")
    upgraded.restore(point, module="cart", on_backup=refusing_writes(upgraded.database_url, told))
    assert len(told) == 1


def test_a_revision_that_says_it_is_safe_and_drops_what_is_written_is_refused(upgraded: Shop) -> None:
    upgraded.run("UPDATE cart_line SET more = 'written'", "INSERT INTO cart_extra VALUES (7)")
    lowered, before = lowering(upgraded, DROPS + SAFE), upgraded.dump("cart_")
    assert lowered.step.impact == ("takes back cart_2, each of which is marked safe",)
    with pytest.raises(HubError) as refused:
        carry_out(upgraded, lowered)
    assert "would drop cart_extra, cart_line.more with what is written there" in str(refused.value.cause)
    assert refused.value.remedy.startswith("hub migrate cart --to cart_1 takes them back all the same")
    assert upgraded.dump("cart_") == before


def test_rows_that_are_written_after_none_were_found_are_not_dropped(upgraded: Shop) -> None:
    upgraded.run("DELETE FROM cart_line")
    lowered = lowering(upgraded, DROPS)
    assert lowered.is_empty
    upgraded.run("INSERT INTO cart_extra VALUES (7)")
    with pytest.raises(HubError, match="cart") as refused:
        carry_out(upgraded, lowered)
    assert "rows were written into cart_extra meanwhile" in str(refused.value.cause)
    assert upgraded.ask("SELECT id FROM cart_extra") == [(7,)]
    upgraded.run("DELETE FROM cart_extra")
    carry_out(upgraded, lowering(upgraded, DROPS))
    assert upgraded.ask("SELECT text FROM cart_line") == []
