"""The core's own tables migrate as everybody's: whole or not at all, with what they hold, and before every module."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from hub_core.cli.main import main
from hub_core.database import DatabaseUrl, connect
from hub_core.migrations import CORE_MIGRATIONS, MigrationFailed, MigrationSource, current, downgrade, heads, upgrade
from hub_core.operations.standing_to_serve import standing_to_serve
from hub_core.registry import CORE_REVISION, VERSIONS_FOLDER, CoreTablesDiffer, desired, owned_tables, recorded
from hub_core.settings import read_settings

from .conftest import Dump

FIRST = "hub_0001"
FAILS = """
import sqlalchemy as sa
from alembic import op

revision = "hub_9999"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("hub_half", sa.Column("id", sa.Integer))
    op.add_column("hub_module", sa.Column("half", sa.Integer))
    op.execute("INSERT INTO nowhere VALUES (1)")
"""


def migrate(url: DatabaseUrl, source: MigrationSource = CORE_MIGRATIONS, target: str | None = None) -> list[str]:
    return [run.revision for run in upgrade(url, source, target=target, on_revision=lambda run: None)]


def fill(connection: Connection) -> None:
    """What a hub of the first core revision left."""
    connection.execute(
        text(
            "INSERT INTO hub_module (name, distribution, version, hash, state, revision, recorded_at)"
            " VALUES ('billing', 'hub-module-billing', '1.0', '', 'enabled', 'billing_0002', '2026-01-02 03:04:05+00:00')"
        )
    )
    connection.execute(text("INSERT INTO hub_wish (module, enabled, settings) VALUES ('billing', true, '{\"a\": 1}')"))
    connection.commit()


@pytest.fixture
def first(url: DatabaseUrl) -> None:
    """A database that the first core revision made, with rows in it."""
    assert migrate(url, target=FIRST) == [FIRST]
    with connect(url) as connection:
        fill(connection)


def test_a_core_that_is_migrated_keeps_what_it_recorded(url: DatabaseUrl, first: None) -> None:
    assert migrate(url) == ["hub_0002", "hub_0003", "hub_0004", "hub_0006", "hub_0007"]
    with connect(url) as connection:
        row = recorded(connection)["billing"]
        assert (row.version, row.revision, row.table_prefix, row.placement) == (
            "1.0",
            "billing_0002",
            "billing_",
            "shared",
        )
        wish = desired(connection).modules["billing"]
    assert (wish.enabled, wish.demo, wish.placement, wish.settings) == (True, False, None, {"a": 1})


def test_tables_made_before_they_were_recorded_belong_to_who_was_there(url: DatabaseUrl, first: None) -> None:
    """No module that comes later takes them by a longer prefix."""
    with connect(url) as connection:
        for table in ("billing_invoice", "billing_tax_rate", "billing_alembic_version", "loose"):
            connection.execute(text(f"CREATE TABLE {table} (id int)"))
        connection.commit()
    migrate(url)
    with connect(url) as connection:
        assert owned_tables(connection) == dict.fromkeys(
            ("billing_alembic_version", "billing_invoice", "billing_tax_rate"), "billing"
        )


def test_a_core_migration_that_raises_leaves_everything_as_it_was(
    url: DatabaseUrl, first: None, dump: Dump, tmp_path: Path
) -> None:
    broken = tmp_path / "versions"
    shutil.copytree(VERSIONS_FOLDER, broken)
    (broken / "hub_9999.py").write_text(FAILS.format(head="hub_0007"))
    source = MigrationSource(module="hub", folder=broken, table_prefix="hub_")
    before = dump()
    with pytest.raises(MigrationFailed, match="the migration of hub to hub_9999 failed; its tables are at hub_0001"):
        migrate(url, source)
    assert dump() == before
    with connect(url) as connection:
        assert current(connection, CORE_MIGRATIONS) == FIRST
        assert connection.scalar(text("SELECT version FROM hub_module")) == "1.0"
    assert migrate(url) == ["hub_0002", "hub_0003", "hub_0004", "hub_0006", "hub_0007"]


def test_until_it_is_migrated_whoever_looks_is_told(
    url: DatabaseUrl, first: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", url.url.render_as_string(hide_password=False))
    assert main(["list"]) == 0, "it does without a database"
    assert "without the database: the hub's own tables are at hub_0001" in capsys.readouterr().err
    with pytest.raises(CoreTablesDiffer, match="Run `hub up`"):
        standing_to_serve(read_settings(tmp_path))
    for command in ("plan", "history"):
        assert main([command]) == 1, command
        said = capsys.readouterr().err
        assert "the hub's own tables are at hub_0001, and this release reads hub_0007" in said
        assert "Run `hub up` or `hub migrate`" in said
    with connect(url) as connection:
        connection.execute(text("UPDATE hub_alembic_version SET version_num = 'hub_0099'"))
        connection.commit()
    assert main(["plan"]) == 1
    assert "nstall the release of hub-core that migrated them" in capsys.readouterr().err


def test_the_registry_reads_what_its_revisions_come_to() -> None:
    assert heads(CORE_MIGRATIONS) == (CORE_REVISION,)


def columns(url: DatabaseUrl) -> dict[str, list[str]]:
    with connect(url) as connection:
        found = inspect(connection)
        return {name: sorted(each["name"] for each in found.get_columns(name)) for name in found.get_table_names()}


def test_the_core_goes_back_and_forward(url: DatabaseUrl, first: None) -> None:
    """Its revisions have a way down, as those of modules shall have."""
    before = columns(url)
    migrate(url)
    assert columns(url) != before
    downgrade(url, CORE_MIGRATIONS, target=FIRST, on_revision=lambda run: None)
    assert columns(url) == before
    assert migrate(url) == ["hub_0002", "hub_0003", "hub_0004", "hub_0006", "hub_0007"]
    with connect(url) as connection:
        assert recorded(connection)["billing"].version == "1.0"
