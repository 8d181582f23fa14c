"""Rewriting a parent table keeps its children, and rows never lose what they refer to unnoticed."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from hub_core.database import DatabaseUrl, connect
from hub_core.migrations import MigrationFailed, upgrade

from .conftest import Dump, Write

TABLES = """op.create_table('shop_order', sa.Column('id', sa.Integer, primary_key=True), sa.Column('note', sa.String(9)))
    op.create_table('shop_line', sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('order_id', sa.Integer, sa.ForeignKey('shop_order.id', ondelete='CASCADE', initially='DEFERRED', deferrable=True)))
    op.execute("INSERT INTO shop_order (id, note) VALUES (1, 'a'), (2, 'b')")
    op.execute("INSERT INTO shop_line (id, order_id) VALUES (1, 1), (2, 1), (3, 2)")"""
REWRITE = """with op.batch_alter_table('shop_order') as batch:
        batch.alter_column('note', type_=sa.String(200), nullable=False)"""
ORPHAN = "op.execute('INSERT INTO shop_line (id, order_id) VALUES (4, 99)')"


def test_a_batch_rewrite_of_a_parent_table_keeps_every_child(url: DatabaseUrl, write: Write, core: None) -> None:
    upgrade(url, write(TABLES, REWRITE), on_revision=lambda run: None)
    with connect(url) as connection:
        assert connection.scalar(text("SELECT count(*) FROM shop_line")) == 3
        connection.execute(text("DELETE FROM shop_order WHERE id = 1"))
        assert connection.scalar(text("SELECT count(*) FROM shop_line")) == 1


def test_a_row_that_refers_to_nothing_fails_the_migration(
    url: DatabaseUrl, write: Write, core: None, dump: Dump
) -> None:
    upgrade(url, write(TABLES), on_revision=lambda run: None)
    before = dump()
    with pytest.raises(MigrationFailed) as raised:
        upgrade(url, write(TABLES, f"{REWRITE}\n    {ORPHAN}"), on_revision=lambda run: None)
    assert raised.value.cause is not None
    if url.kind == "sqlite":
        assert raised.value.cause == (
            "RowsOrphaned: 1 rows would lose the row they refer to: shop_line refers to shop_order"
        )
    else:
        assert "violates foreign key constraint" in raised.value.cause or "pending trigger events" in raised.value.cause
    assert dump() == before
    with connect(url) as connection:
        assert connection.scalar(text("SELECT count(*) FROM shop_line")) == 3


def test_a_fault_that_was_there_before_is_not_the_migrations(url: DatabaseUrl, write: Write, core: None) -> None:
    """Only SQLite can have one: its foreign keys are off for whoever does not switch them on."""
    upgrade(url, write(TABLES), on_revision=lambda run: None)
    if url.kind == "sqlite":
        with closing(sqlite3.connect(url.sqlite_path)) as careless:
            careless.execute("INSERT INTO shop_line (id, order_id) VALUES (9, 99)")
            careless.commit()
    assert len(upgrade(url, write(TABLES, REWRITE), on_revision=lambda run: None)) == 1
