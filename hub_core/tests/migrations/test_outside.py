"""A revision that cannot run in a transaction runs alone, is journaled, and bears being cut off."""

import re
import threading
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from hub_core.database import DatabaseUrl, TableOwners, connect
from hub_core.migrations import MigrationFailed, MigrationSource, OwnershipViolated, current, upgrade
from hub_core.registry import history

from .conftest import Write

ITEM = "op.create_table('shop_item', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.String(20)))"
INDEX = "op.create_index('ix_shop_item_name', 'shop_item', ['name'], postgresql_concurrently=True, if_not_exists=True)"
COLUMN = "op.add_column('shop_item', sa.Column('price', sa.Integer))"
FAILS = "op.execute('INSERT INTO nowhere VALUES (1)')"
OWNERS = TableOwners(prefixes={"shop_": "shop", "sales_": "sales", "hub_": "hub"})


@pytest.fixture
def outside(write: Write) -> Write:
    """Write revisions of which the second says ``transactional = False``."""

    def written(*bodies: str, module: str = "shop") -> MigrationSource:
        source = write(*bodies, module=module)
        second = source.folder / f"{module}_2.py"
        second.write_text(
            second.read_text().replace("import sqlalchemy", "transactional = False\nimport sqlalchemy", 1)
        )
        return source

    return written


def migrate(url: DatabaseUrl, source: MigrationSource) -> list[str]:
    return [run.revision for run in upgrade(url, source, owners=OWNERS, on_revision=lambda run: None)]


def indexes(url: DatabaseUrl) -> list[tuple[str, bool]]:
    """The index by name, and whether it can be used."""
    statement = {
        "sqlite": "SELECT name, 1 FROM sqlite_master WHERE name = 'ix_shop_item_name'",
        "postgresql": "SELECT indexrelid::regclass::text, indisvalid FROM pg_index"
        " WHERE indexrelid::regclass::text = 'ix_shop_item_name'",
    }[url.kind]
    with connect(url) as connection:
        return [(name, bool(valid)) for name, valid in connection.execute(text(statement))]


def test_it_runs_between_two_transactions_and_is_journaled_before_and_after(
    url: DatabaseUrl, outside: Write, core: None
) -> None:
    assert migrate(url, outside(ITEM, INDEX, COLUMN)) == ["shop_1", "shop_2", "shop_3"]
    assert indexes(url) == [("ix_shop_item_name", True)]
    with connect(url) as connection:
        rows = [(row.before, row.after, row.outcome) for row in history(connection, "shop")]
    started = [("shop_1", "shop_2", "started")] if url.kind == "postgresql" else []
    assert rows == [
        (None, "shop_1", "done"),
        *started,
        ("shop_1", "shop_2", "done"),
        ("shop_2", "shop_3", "done"),
    ]


def test_in_a_transaction_postgresql_would_refuse_it(url: DatabaseUrl, write: Write, core: None) -> None:
    if url.kind == "postgresql":
        with pytest.raises(MigrationFailed, match="cannot run inside a transaction block"):
            migrate(url, write(ITEM, INDEX))


def test_what_ran_before_it_stays_when_it_fails_and_that_is_said(url: DatabaseUrl, outside: Write, core: None) -> None:
    with pytest.raises(MigrationFailed) as raised:
        migrate(url, outside(ITEM, FAILS, COLUMN))
    assert raised.value.problem == (
        "the migration of shop to shop_2 failed; its tables are at shop_1, before it was nothing"
    )
    assert migrate(url, outside(ITEM, INDEX, COLUMN)) == ["shop_2", "shop_3"]


def test_what_runs_after_it_fails_alone(url: DatabaseUrl, outside: Write, core: None) -> None:
    with pytest.raises(MigrationFailed, match="to shop_3 failed; its tables are at shop_2"):
        migrate(url, outside(ITEM, INDEX, FAILS))
    assert indexes(url) == [("ix_shop_item_name", True)]


def test_an_index_that_was_cut_off_is_made_again(url: DatabaseUrl, outside: Write, core: None) -> None:
    """Killed while it waits for another session, CREATE INDEX CONCURRENTLY leaves an index that nobody may use."""
    if url.kind == "sqlite":
        return
    source = outside(ITEM, INDEX)
    with pytest.raises(MigrationFailed):
        migrate(url, outside(ITEM, FAILS))
    outside(ITEM, INDEX)
    with connect(url) as other:
        other.execute(text("INSERT INTO shop_item (id) VALUES (1)"))  # the index has to wait for this transaction
        killer = threading.Thread(target=_kill_the_builder, args=(url,))
        killer.start()
        with pytest.raises(MigrationFailed):
            migrate(url, source)
        killer.join()
        other.commit()
    assert indexes(url) == [("ix_shop_item_name", False)]
    assert migrate(url, source) == ["shop_2"]
    assert indexes(url) == [("ix_shop_item_name", True)]


def _kill_the_builder(url: DatabaseUrl) -> None:
    for _ in range(200):
        time.sleep(0.05)
        with connect(url) as connection:
            building = "SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'"
            if connection.execute(text(building)).all():
                return
    raise OperationalError("the index never waited", None, Exception())


@pytest.mark.parametrize(
    "body",
    [
        "op.execute('UPDATE sales_order SET id = 9')",
        "op.execute('/* x */ DELETE FROM ONLY sales_order')",
        "op.execute('TRUNCATE shop_item, sales_order')",
        "op.get_bind().connection.driver_connection.execute('UPDATE sales_order SET id = 99')",
        "op.get_bind().connection.driver_connection.cursor().executemany('UPDATE sales_order SET id = %s', [(9,)])",
        "op.execute('WITH gone AS (DELETE FROM sales_order RETURNING id) INSERT INTO shop_item (id) SELECT id FROM gone')",
        "op.execute('CREATE INDEX CONCURRENTLY ix_sneaky ON sales_order (id)')",
        "op.execute('GRANT SELECT ON sales_order TO PUBLIC')",
        "op.execute('ALTER TABLE shop_item RENAME TO sales_item')",
        "op.execute('CREATE TABLE loose (id int)')",
        "op.execute(\"ALTER TYPE sales_kind ADD VALUE 'b'\")",
    ],
)
def test_it_is_held_to_its_module_too(url: DatabaseUrl, outside: Write, write: Write, core: None, body: str) -> None:
    if url.kind == "sqlite" and re.search("CONCURRENTLY|GRANT|TYPE|ONLY|TRUNCATE|%s|WITH", body):  # none of SQLite
        return
    migrate(url, write("op.create_table('sales_order', sa.Column('id', sa.Integer))", module="sales"))
    with connect(url) as connection:
        connection.execute(text("INSERT INTO sales_order VALUES (1)"))
        if url.kind == "postgresql":
            connection.execute(text("CREATE TYPE sales_kind AS ENUM ('a')"))
        connection.commit()
    source = outside(ITEM, body)
    with pytest.raises(MigrationFailed) as raised:
        migrate(url, source)
    assert isinstance(raised.value.__cause__, OwnershipViolated)
    with connect(url) as connection:
        assert list(connection.execute(text("SELECT id FROM sales_order"))) == [(1,)]
        assert current(connection, source) in ("shop_1", "shop_2")
