"""A hub that serves goes back to an older release with its data: by revisions that are safe, else from the recovery point, else not."""

import shutil
from pathlib import Path

import pytest

from hub_core.database import connect, parse_url
from tests.wheels.hub_process import hub_up
from tests.wheels.shelf import Shelf, serves
from tests.wheels.stock import FIRST, NEXT, ROUTE, V10

INDEXED = """
from alembic import op

revision = "stock_0002"
down_revision = "stock_0001"
safe_downgrade = True


def upgrade() -> None:
    op.create_index("stock_item_by_name", "stock_item", ["name"])


def downgrade() -> None:
    op.drop_index("stock_item_by_name", "stock_item")
"""
V11 = {
    "routes/api/items.py": ROUTE.format(version="1.1"),
    "migrations/versions/stock_0001.py": FIRST,
    "migrations/versions/stock_0002.py": INDEXED,
}
V12 = {
    **V11,
    "routes/api/items.py": ROUTE.format(version="1.2"),
    "migrations/versions/stock_0003.py": NEXT.format(number=3, before=2, mark="!", more=""),
}


def write(url: str, name: str) -> None:
    """Let a person write a row."""
    with connect(parse_url(url)) as connection:
        connection.exec_driver_sql(f"INSERT INTO stock_item (name) VALUES ('{name}')")
        connection.commit()


def revision(url: str) -> str:
    """Where the tables are."""
    with connect(parse_url(url), read_only=True) as connection:
        return str(connection.exec_driver_sql("SELECT version_num FROM stock_alembic_version").scalar())


@pytest.mark.timeout(900)
def test_a_module_goes_back_with_its_data(hub: Path, tmp_path: Path, database_url: str) -> None:
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    (tmp_path / "hub.toml").write_text("[modules.notes]\n")
    with hub_up(hub, tmp_path, database_url, **shelf.variables) as running:
        shelf.run("environment", "adopt", "--yes")
        shelf.add("stock", "1.0", V10)
        shelf.run("install", "stock", "--yes")
        assert "no upgrade of stock is in the history" in shelf.run("downgrade", "stock", "--yes", code=1)

        shelf.add("stock", "1.1", V11)
        shelf.run("upgrade", "stock", "--yes")
        write(database_url, "after")
        said = shelf.run("downgrade", "stock", "--yes")
        assert "move hub-module-stock from 1.1 to 1.0" in said
        assert "takes back stock_0002, each of which is marked safe" in said
        serves(running, "1.0", ["after", "shipped"])
        assert revision(database_url) == "stock_0001"
        shelf.run("upgrade", "stock==1.1", "--yes")
        serves(running, "1.1", ["after", "shipped"])

        shelf.add("stock", "1.2", V12)
        shelf.run("upgrade", "stock", "--yes")
        serves(running, "1.2", ["after!", "shipped!"])
        write(database_url, "lost")
        before = shelf.current()
        said = shelf.run("downgrade", "stock", "--dry-run")
        assert "takes back stock_0003, which would lose data" in said
        assert "stock_item: 3 rows now, 2 then" in said
        assert shelf.current() == before

        shelf.add("stock", "0.9", {**V11, "__init__.py": "raise ZeroDivisionError('at import')"})
        said = shelf.run("downgrade", "stock==0.9", "--yes", code=1)
        assert "downgrade failed and was undone" in said
        assert "ZeroDivisionError" in said
        assert shelf.current() == before
        serves(running, "1.2", ["after!", "lost", "shipped!"])

        backups = tmp_path / ".hub" / "backups"
        backups.rename(tmp_path / "aside")
        said = shelf.run("downgrade", "stock", "--yes", code=1)
        assert "stock_0003 would lose data" in said
        shutil.rmtree(backups, ignore_errors=True)
        (tmp_path / "aside").rename(backups)
        assert "a backup of it is made first" in shelf.run("downgrade", "stock", "--yes")
        serves(running, "1.1", ["after", "shipped"])
        assert revision(database_url) == "stock_0002"

        shelf.run("upgrade", "stock", "--yes")
        with connect(parse_url(database_url)) as connection:
            connection.exec_driver_sql("DELETE FROM stock_item")
            connection.commit()
        said = shelf.run("downgrade", "stock", "--yes")
        assert "takes back stock_0003; there are no rows that could be lost" in said
        serves(running, "1.1", [])
        assert revision(database_url) == "stock_0002"
