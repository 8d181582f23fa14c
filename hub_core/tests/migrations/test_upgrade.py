"""A module's migrations are kept whole or not at all, on both databases, however they end."""

import logging
import signal
import subprocess
import sys
from hashlib import sha256

import pytest
from sqlalchemy import text

from hub_core.database import DatabaseUrl, connect
from hub_core.migrations import MigrationFailed, MigrationSource, RevisionRun, SchemaNewer, current, placing, upgrade
from hub_core.registry import history

from .conftest import Dump, Write

TABLE = "op.create_table('shop_item', sa.Column('id', sa.Integer, primary_key=True))"
COLUMN = "op.add_column('shop_item', sa.Column('price', sa.Integer))"
FAILS = "op.create_table('shop_half', sa.Column('id', sa.Integer)); op.execute('INSERT INTO nowhere VALUES (1)')"


def run(url: DatabaseUrl, source: MigrationSource) -> tuple[RevisionRun, ...]:
    return upgrade(url, source, on_revision=lambda run: None)


def at(url: DatabaseUrl, source: MigrationSource) -> str | None:
    with connect(url) as connection:
        return current(connection, source)


def test_revisions_run_in_order_and_each_is_reported_and_journaled(
    url: DatabaseUrl, write: Write, core: None, told: list[RevisionRun]
) -> None:
    source = write(TABLE, COLUMN)
    assert at(url, source) is None
    ran = upgrade(url, source, on_revision=told.append)
    assert [(each.module, each.revision) for each in ran] == [("shop", "shop_1"), ("shop", "shop_2")]
    assert told == list(ran)
    assert all(each.duration_ms > 0 for each in ran)
    assert at(url, source) == "shop_2"
    with connect(url) as connection:
        connection.execute(text("INSERT INTO shop_item (id, price) VALUES (1, 2)"))
        rows = history(connection, "shop")
    assert [(row.before, row.after, row.outcome) for row in rows] == [
        (None, "shop_1", "done"),
        ("shop_1", "shop_2", "done"),
    ]
    assert rows[0].checksum == sha256((source.folder / "shop_1.py").read_bytes()).hexdigest()
    assert rows[0].duration_ms == pytest.approx(ran[0].duration_ms)


def test_only_what_is_missing_runs(url: DatabaseUrl, write: Write, core: None) -> None:
    assert len(run(url, write(TABLE))) == 1
    assert [each.revision for each in run(url, write(TABLE, COLUMN))] == ["shop_2"]
    assert run(url, write(TABLE, COLUMN)) == ()


def test_a_module_without_revisions_has_nothing_to_run(url: DatabaseUrl, write: Write, dump: Dump) -> None:
    assert run(url, write()) == ()
    assert dump() == []


def test_each_module_has_its_own_version_table(url: DatabaseUrl, write: Write, core: None) -> None:
    shop, sales = write(TABLE), write(TABLE.replace("shop", "sales"), module="sales")
    run(url, shop)
    run(url, sales)
    assert (at(url, shop), at(url, sales)) == ("shop_1", "sales_1")


@pytest.mark.parametrize("earlier", [(), (TABLE,)], ids=["first install", "upgrade"])
def test_nothing_is_left_of_a_run_that_fails_half_way(
    url: DatabaseUrl, write: Write, core: None, dump: Dump, earlier: tuple[str, ...]
) -> None:
    """Five revisions, the fourth raises after its first table: the tables are where they were before all of them."""
    run(url, write(*earlier))
    before = dump()
    source = write(TABLE, COLUMN, COLUMN.replace("price", "tax"), FAILS, COLUMN.replace("price", "name"))
    with pytest.raises(MigrationFailed) as raised:
        run(url, source)
    assert dump() == before
    error = raised.value
    where = "its tables are at shop_1 as before" if earlier else "it has no tables, as before"
    assert error.problem == f"the migration of shop to shop_4 failed; {where}"
    assert error.cause is not None
    assert "nowhere" in error.cause
    assert error.remedy == "Correct the revision, or install a release of shop that migrates"
    assert (error.code, error.module, error.revision) == ("migration_failed", "shop", "shop_4")
    assert error.before == at(url, source) == ("shop_1" if earlier else None)
    with connect(url) as connection:
        last = history(connection, "shop")[-1]
    assert (last.before, last.after, last.outcome) == (error.before, "shop_4", "failed")


def test_a_corrected_revision_succeeds_after_a_failure(url: DatabaseUrl, write: Write, core: None) -> None:
    with pytest.raises(MigrationFailed):
        run(url, write(TABLE, FAILS))
    assert [each.revision for each in run(url, write(TABLE, COLUMN))] == ["shop_1", "shop_2"]


def test_a_failure_that_cannot_be_journaled_is_still_told(
    url: DatabaseUrl, write: Write, core: None, dump: Dump
) -> None:
    with connect(url) as connection:
        connection.execute(text("DROP TABLE hub_migration"))
        connection.commit()
    before = dump()
    with pytest.raises(MigrationFailed, match="nowhere"):
        run(url, write(FAILS))
    assert dump() == before


def test_a_revision_that_exits_fails_and_leaves_nothing(url: DatabaseUrl, write: Write, core: None, dump: Dump) -> None:
    before = dump()
    with pytest.raises(MigrationFailed, match="SystemExit: 3"):
        run(url, write(f"{TABLE}; raise SystemExit(3)"))
    assert dump() == before


def test_an_interrupt_passes_and_leaves_nothing(url: DatabaseUrl, write: Write, core: None, dump: Dump) -> None:
    before = dump()
    with pytest.raises(KeyboardInterrupt):
        run(url, write(f"{TABLE}; raise KeyboardInterrupt"))
    assert dump() == before


def test_a_process_killed_between_table_and_stamp_leaves_nothing(
    url: DatabaseUrl, database_url: str, write: Write, core: None, dump: Dump
) -> None:
    before = dump()
    source = write(f"{TABLE}; __import__('os').kill(__import__('os').getpid(), 9)")
    program = (
        "import pathlib, sys\n"
        "from hub_core.database import parse_url\n"
        "from hub_core.migrations import MigrationSource, upgrade\n"
        "source = MigrationSource(module='shop', folder=pathlib.Path(sys.argv[2]), table_prefix='shop_')\n"
        "upgrade(parse_url(sys.argv[1]), source, on_revision=print)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, database_url, source.folder], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert dump() == before
    assert len(run(url, write(TABLE))) == 1


def test_a_report_that_fails_keeps_nothing(url: DatabaseUrl, write: Write, core: None, dump: Dump) -> None:
    def broken_pipe(run: RevisionRun) -> None:
        raise BrokenPipeError("nobody reads")

    before = dump()
    with pytest.raises(MigrationFailed, match="nobody reads"):
        upgrade(url, write(TABLE), on_revision=broken_pipe)
    assert dump() == before


def test_tables_that_are_newer_than_the_files_are_left_alone(
    url: DatabaseUrl, write: Write, core: None, dump: Dump
) -> None:
    source = write(TABLE, COLUMN)
    run(url, source)
    before = dump()
    (source.folder / "shop_2.py").unlink()
    with pytest.raises(SchemaNewer) as raised:
        run(url, source)
    assert str(raised.value) == (
        "the tables of shop are at shop_2, which the installed release does not have\n"
        f"cause: a newer release migrated them; {source.folder} holds no such revision\n"
        "remedy: Install the release of shop that has it, or a newer one"
    )
    assert (raised.value.code, raised.value.module, raised.value.at) == ("schema_newer", "shop", "shop_2")
    assert dump() == before


def test_a_table_that_somebody_locks_ends_the_migration_in_time(
    postgres_server: str, url: DatabaseUrl, write: Write, core: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url.kind == "sqlite":
        monkeypatch.setattr("hub_core.database.transaction_mode.BUSY_SECONDS", 0.2)
        expected = "is locked by this very process"
    else:
        monkeypatch.setattr(placing, "LOCK_SECONDS", 0.2)
        expected = "canceling statement due to lock timeout"
    run(url, write(TABLE))
    with connect(url) as other:
        other.execute(text("INSERT INTO shop_item (id) VALUES (1)"))
        with pytest.raises(MigrationFailed, match=expected):
            run(url, write(TABLE, COLUMN))
    assert at(url, write(TABLE, COLUMN)) == "shop_1"


def test_running_revisions_changes_nothing_else_in_the_process(
    url: DatabaseUrl, write: Write, core: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    source = write(TABLE, COLUMN)
    modules, handlers, level = set(sys.modules), logging.getLogger().handlers[:], logging.getLogger().level
    run(url, source)
    assert sorted(path.name for path in source.folder.iterdir()) == ["shop_1.py", "shop_2.py"]
    assert not [name for name in set(sys.modules) - modules if "shop" in name]
    assert (logging.getLogger().handlers, logging.getLogger().level) == (handlers, level)
    assert not sys.dont_write_bytecode


def test_a_start_with_nothing_to_migrate_does_not_import_alembic(
    url: DatabaseUrl, database_url: str, core: None
) -> None:
    program = (
        "import sys\n"
        "from hub_core.database import parse_url\n"
        "from hub_core.migrations import CORE_MIGRATIONS, upgrade\n"
        "assert upgrade(parse_url(sys.argv[1]), CORE_MIGRATIONS, on_revision=print) == ()\n"
        "assert 'alembic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, database_url], check=True)


def test_the_id_of_a_revision_may_be_longer_than_alembic_thinks(url: DatabaseUrl, write: Write, core: None) -> None:
    """Modules may have names of forty characters, and ids begin with them."""
    module = "warehouse_inventory_management_europe_ea"
    table = TABLE.replace("shop_item", f"{module}_item")
    assert [len(each.revision) for each in run(url, write(table, module=module))] == [42]
    assert at(url, write(table, module=module)) == f"{module}_1"


def test_a_version_table_that_alembic_made_is_widened(url: DatabaseUrl, write: Write, core: None) -> None:
    with connect(url) as connection:
        connection.execute(text("CREATE TABLE shop_alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.commit()
    source = write(TABLE)
    long = "shop_" + "x" * 60
    (source.folder / "shop_1.py").write_text((source.folder / "shop_1.py").read_text().replace("'shop_1'", f"'{long}'"))
    run(url, source)
    assert at(url, source) == long


def test_what_a_revision_prints_goes_to_standard_error(
    url: DatabaseUrl, write: Write, core: None, capsys: pytest.CaptureFixture[str]
) -> None:
    run(url, write(f"print('NOISE'); {TABLE}"))
    assert capsys.readouterr() == ("", "NOISE\n")


def test_a_revision_that_raises_what_only_generators_do_fails_alone(
    url: DatabaseUrl, write: Write, core: None, dump: Dump
) -> None:
    before = dump()
    with pytest.raises(MigrationFailed, match="GeneratorExit"):
        run(url, write(f"{TABLE}; raise GeneratorExit('x')"))
    assert dump() == before
