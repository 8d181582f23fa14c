"""Modules are uninstalled: their data is kept, put into a file, or dropped; all of it or nothing, and nothing else is touched."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub_core.database import connect, parse_url
from hub_core.operations import changing, deciding, downgrading, dropping
from hub_core.operations.backups.backup import Backup, BackupFailed
from hub_core.operations.backups.restore import restore
from hub_core.operations.change import Change, ChangeUndone
from hub_core.operations.choosing import CoreModuleStays, ModuleStillRequired
from hub_core.operations.dropping import RemovalRefused
from hub_core.operations.installed import installed_catalog
from hub_core.operations.needed import needing
from hub_core.operations.owning import table_owners
from hub_core.operations.removing import Data
from hub_core.planning import ModuleUnknown
from hub_core.registry import desired, history, operations, recorded, steps_of
from hub_core.settings import read_settings
from hub_core.tests.operations.house import HUB_TOML, House, first, revision
from hub_core.tests.operations.shop import ON_POSTGRESQL

FAMILY = (
    'op.create_table("{name}_parent", sa.Column("id", sa.Integer, primary_key=True), sa.Column("child", sa.Integer)); '
    'op.create_table("{name}_child", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("parent", sa.Integer, sa.ForeignKey("{name}_parent.id"))); '
    'op.execute("INSERT INTO {name}_parent VALUES (1, 1)"); op.execute("INSERT INTO {name}_child VALUES (1, 1)")'
)
LEFT_OUT = ("hub_operation", "hub_operation_step", "hub_migration", "hub_generation", "hub_document", "hub_wish")
"""The hub's own memory of what happened, and of what is wanted."""


def objects(house: House) -> list[Any]:
    """Everything in the catalogue of the database, by kind and name."""
    if house.settings.effective_database_url.startswith("sqlite"):
        return house.run("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    return [
        *house.run("SELECT relkind::text, relnamespace::regnamespace::text, relname::text FROM pg_class "
                   "WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 1, 2, 3"),
        *house.run("SELECT typname::text FROM pg_type WHERE typnamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 1"),
        *house.run("SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_toast' ORDER BY 1"),
        *house.run("SELECT proname::text FROM pg_proc WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 1"),
    ]  # fmt: skip


def rows(house: House, scratch: Path) -> dict[str, Any]:
    """All rows by module, but the hub's memory."""
    found = {
        module: [row for row in each if not (isinstance(row, tuple) and row[0] in LEFT_OUT)]
        for module, each in house.all(scratch).items()
    }
    return {module: each for module, each in found.items() if each}


def mentions(house: House, name: str) -> list[str]:
    """The tables of the hub in which a module is named."""
    with connect(parse_url(house.settings.effective_database_url), read_only=True) as connection:
        return [
            table
            for table in ("hub_module", "hub_wish", "hub_seed", "hub_table", "hub_failure", "hub_document")
            if _names(connection, table, name)
        ]


def _names(connection: Any, table: str, name: str) -> bool:
    from sqlalchemy import inspect

    if not inspect(connection).has_table(table):
        return False
    return any(name in repr(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}"))


@pytest.fixture
def ledger(house: House) -> House:
    """Beside the shop, a ledger whose two tables refer to each other."""
    house.samples.install(
        "ledger", revision("ledger", 1, FAMILY), manifest='[[permissions]]\nname = "ledger.read"\ntitle = "Read"\n'
    )
    house.change("enable", "ledger")
    return house


def test_kept_data_is_there_when_the_module_comes_back(ledger: House, tmp_path: Path) -> None:
    before = rows(ledger, tmp_path)
    done = ledger.change("uninstall", "ledger")
    assert [step.text for step in done.plan.steps] == [
        "disable ledger",
        "uninstall ledger 1.0: keep 2 tables of ledger with 2 rows",
    ]
    assert ledger.states() == {"ledger": "disabled", "shop": "enabled"}
    assert "[modules.ledger]\nenabled = false" in ledger.document
    ledger.change("enable", "ledger")
    assert rows(ledger, tmp_path) == before


def test_after_a_purge_nothing_is_left_of_it_and_nothing_else_was_touched(house: House, tmp_path: Path) -> None:
    before, document, kept = objects(house), house.document, rows(house, tmp_path)
    house.samples.install(
        "ledger", revision("ledger", 1, FAMILY), manifest='[[permissions]]\nname = "ledger.read"\ntitle = "Read"\n'
    )
    house.change("enable", "ledger")
    assert objects(house) != before
    done = house.change("uninstall", "ledger", data="purge")
    (step,) = (each for each in done.plan.steps if each.kind == "uninstall")
    assert step.text == "uninstall ledger 1.0: drop 2 tables of ledger with 2 rows"
    assert step.impact == (
        "ledger_child: 1 row",
        "ledger_parent: 1 row",
        "a backup is made first",
        "takes 1 permission along",
        "the history keeps 1 migration of it",
    )
    assert objects(house) == before
    assert rows(house, tmp_path) == kept
    assert house.document == document
    assert mentions(house, "ledger") == []
    assert house.states() == {"shop": "enabled"}
    assert "ledger" not in house.read(desired).modules
    assert [(row.after, row.outcome) for row in house.read(history, "ledger")] == [
        ("ledger_1", "done"),
        (None, "dropped"),
    ]
    (noted,) = (each for each in house.read(steps_of, house.last().id) if each.kind == "uninstall")
    assert noted.before is not None
    assert Path(str(noted.backup)).is_file()
    house.up()  # a module that lies there and nobody wants stays away
    assert house.states() == {"shop": "enabled"}


def test_an_archive_brings_the_rows_back_on_request(ledger: House, tmp_path: Path) -> None:
    before = rows(ledger, tmp_path)
    ledger.change("uninstall", "ledger", data="archive")
    (archive,) = ledger.backups
    assert archive.path.parent.name == "archives"
    assert archive.rows == 2
    assert ledger.states() == {"shop": "enabled"}
    ledger.run("UPDATE shop_item SET name = 'pear'")
    ledger.change("enable", "ledger")
    ledger.run("DELETE FROM ledger_child")
    restore(ledger.settings, archive.path, module="ledger", agree=lambda restoring: None)
    ledger.run("UPDATE shop_item SET name = 'apple'")
    assert rows(ledger, tmp_path) == before


def test_nobody_writes_between_the_copy_and_the_drop(ledger: House) -> None:
    url, tried = ledger.settings.effective_database_url, list[str]()

    def write(backup: Backup) -> None:
        with pytest.raises((sqlite3.OperationalError, psycopg.errors.LockNotAvailable)) as refused:
            _insert(url)
        tried.append(str(refused.value))

    ledger.on_backup = write
    ledger.change("uninstall", "ledger", data="archive")
    assert "lock" in tried[0]


def _insert(url: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(parse_url(url).sqlite_path, timeout=0.1)) as other:
            other.execute("INSERT INTO ledger_child VALUES (2, 1)")
    else:
        with psycopg.connect(url.replace("+asyncpg", ""), options="-c lock_timeout=100") as server:
            server.execute("INSERT INTO ledger_child VALUES (2, 1)")


def test_without_a_backup_none_is_made(ledger: House) -> None:
    ledger.change("uninstall", "ledger", data="purge", backup=False)
    assert ledger.backups == []
    assert ledger.states() == {"shop": "enabled"}


def test_what_others_require_leaves_with_them_or_not_at_all(ledger: House, tmp_path: Path) -> None:
    ledger.samples.install("report", first("report"), requires=("sample-ledger",))
    ledger.change("enable", "report")
    before = ledger.all(tmp_path)
    with pytest.raises(ModuleStillRequired, match="hub uninstall ledger --cascade"):
        ledger.change("uninstall", "ledger", data="purge")
    assert ledger.all(tmp_path) == before
    done = ledger.change("uninstall", "ledger", data="purge", cascade=True)
    assert [(step.kind, step.module) for step in done.plan.steps] == [
        ("disable", "report"),
        ("disable", "ledger"),
        ("uninstall", "report"),
        ("uninstall", "ledger"),
    ]
    assert ledger.states() == {"shop": "enabled"}


def test_what_nobody_knows_and_what_every_hub_needs_are_refused(house: House) -> None:
    with pytest.raises(ModuleUnknown):
        house.change("uninstall", "nobody", data="purge")
    house.samples.install("base", manifest='tier = "core"\n')
    house.change("enable", "base")
    with pytest.raises(CoreModuleStays, match="base cannot be uninstalled"):
        house.change("uninstall", "base", data="purge")


def test_tables_without_code_are_purged_too(ledger: House) -> None:
    """Its distribution went by itself, as with pip uninstall."""
    for path in (ledger.samples.site / "sample_ledger", *ledger.samples.site.glob("sample_ledger-*.dist-info")):
        shutil.rmtree(path)
    ledger.change("uninstall", "ledger", data="purge")
    assert ledger.states() == {"shop": "enabled"}
    assert not [name for _, *names in objects(ledger) for name in names if str(name).startswith("ledger_")]


NEEDING = {
    "CREATE VIEW sums AS SELECT count(*) FROM ledger_parent": "view sums depends on table ledger_parent",
    "CREATE TABLE reports (id INTEGER, parent INTEGER CONSTRAINT of_parent REFERENCES ledger_parent (id))": (
        "constraint of_parent on table reports depends on table ledger_parent"
    ),
}


@pytest.mark.parametrize("statement", NEEDING)
def test_what_belongs_to_nobody_and_needs_a_table_is_named_before_anything_begins(
    ledger: House, tmp_path: Path, statement: str
) -> None:
    ledger.run(statement)
    name = statement.split()[2]
    is_sqlite = ledger.settings.effective_database_url.startswith("sqlite")
    before, last, asked = ledger.all(tmp_path), ledger.last(), len(ledger.plans)
    told = (
        "the tables of ledger were not dropped; everything is as it was",
        f"{name} could not be used without them" if is_sqlite else NEEDING[statement],
    )
    wanted = Change(kind="uninstall", names=("ledger",), data="purge")
    with pytest.raises(RemovalRefused) as looked:
        changing.planned(ledger.settings, wanted)
    with pytest.raises(RemovalRefused) as refused:
        ledger.change("uninstall", "ledger", data="purge")
    for each in (looked, refused):
        assert (each.value.problem, each.value.cause) == told
    assert (ledger.last(), ledger.backups, len(ledger.plans)) == (last, [], asked), "nobody was asked, nothing was made"
    assert ledger.all(tmp_path) == before
    ledger.change("uninstall", "ledger")
    assert ledger.states()["ledger"] == "disabled", "its tables stay, so nobody misses them"


def test_what_comes_between_the_plan_and_the_drop_is_named_and_nothing_is_gone(
    ledger: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.run("CREATE VIEW sums AS SELECT count(*) FROM ledger_parent")
    monkeypatch.setattr(deciding, "needing", lambda *_: [])
    before = ledger.all(tmp_path)
    with pytest.raises(RemovalRefused, match="sums"):
        ledger.change("uninstall", "ledger", data="purge")
    assert ledger.all(tmp_path) == before
    assert ledger.last().outcome == "undone"


@ON_POSTGRESQL
def test_what_is_the_modules_own_keeps_nothing_from_going(house: House) -> None:
    """Types, defaults, routines, views, partitions and triggers that need each other, and another module's that leaves too."""
    house.samples.install("ledger", revision("ledger", 1, OWN))
    house.samples.install("report", first("report"), requires=("sample-ledger",))
    house.change("enable", "report")
    house.run("ALTER TABLE report_item ADD CONSTRAINT of_item FOREIGN KEY (id) REFERENCES ledger_item (id)")
    with connect(parse_url(house.settings.effective_database_url)) as connection:
        now = recorded(connection)
        owners = table_owners(connection, installed_catalog(house.settings), now)
        assert needing(connection, [now["ledger"]], owners) == [
            "constraint of_item on table report_item depends on table ledger_item"
        ]
    house.change("uninstall", "ledger", data="purge", cascade=True)
    assert house.states() == {"shop": "enabled"}


OWN = """for each in (
        "CREATE TYPE {name}_state AS ENUM ('new', 'old')",
        "CREATE TYPE {name}_pair AS (a {name}_state, b integer)",
        "CREATE FUNCTION {name}_first() RETURNS {name}_state LANGUAGE sql AS $$ SELECT 'new'::{name}_state $$",
        "CREATE TABLE {name}_item (id serial PRIMARY KEY, state {name}_state DEFAULT {name}_first(), states {name}_state[],"
        " pair {name}_pair, up integer REFERENCES {name}_item (id), CHECK (state <> 'old'))",
        "CREATE INDEX {name}_by ON {name}_item (({name}_item.state = 'new'))",
        "CREATE TABLE {name}_part (id integer) PARTITION BY RANGE (id)",
        "CREATE TABLE {name}_part_1 PARTITION OF {name}_part FOR VALUES FROM (1) TO (9)",
        "CREATE VIEW {name}_all AS SELECT * FROM {name}_item",
        "CREATE VIEW {name}_more AS SELECT * FROM {name}_all",
    ):
        op.execute(each)"""


@ON_POSTGRESQL
def test_tables_that_somebody_has_locked_are_waited_for_and_then_left(
    ledger: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dropping, "LOCK_SECONDS", 1)
    before = ledger.all(tmp_path)
    with connect(parse_url(ledger.settings.effective_database_url)) as connection:
        connection.exec_driver_sql("UPDATE ledger_child SET id = id")
        with pytest.raises(RemovalRefused, match="lock timeout"):
            ledger.change("uninstall", "ledger", data="purge")
    assert ledger.all(tmp_path) == before


def test_a_copy_that_cannot_be_written_leaves_everything(
    ledger: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ledger.all(tmp_path)
    (ledger.settings.state_folder / "archives").write_text("in the way")
    with pytest.raises(BackupFailed):
        ledger.change("uninstall", "ledger", data="archive")
    (ledger.settings.state_folder / "backups").write_text("in the way")
    with pytest.raises(BackupFailed) as failed:
        ledger.change("uninstall", "ledger", data="purge")
    assert failed.value.remedy == "Mend that and run the command again; with --no-backup none is made"
    assert ledger.all(tmp_path) == before
    assert ledger.last().outcome == "undone"


def test_cut_off_before_the_commit_it_is_undone_and_behind_it_finished(
    ledger: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, document = ledger.all(tmp_path), ledger.document
    for moment, states in (("_commit_or_undo", {"ledger", "shop"}), ("finish", {"shop"})):
        with monkeypatch.context() as patched:
            patched.setattr(changing if moment == "finish" else changing._Changing, moment, _die)
            with pytest.raises(_DeadError):
                ledger.change("uninstall", "ledger", data="purge")
        ledger.up()
        assert {*ledger.states()} == states
        if moment != "finish":
            assert (ledger.all(tmp_path), ledger.document) == (before, document)
    assert "ledger" not in ledger.document
    assert [row.outcome for row in ledger.read(operations)][-2:] == ["undone", "done"]


class _DeadError(BaseException):
    pass


def _die(*_: Any) -> None:
    raise _DeadError


@ON_POSTGRESQL
def test_a_module_with_a_schema_of_its_own_takes_it_along(house: House) -> None:
    before = objects(house)
    house.settings.config_file.write_text(house.document + '\n[modules.ledger]\nplacement = "schema"\n')
    house.samples.install("ledger", revision("ledger", 1, FAMILY))
    house.up()
    assert house.read(recorded)["ledger"].placement == "schema"
    house.change("uninstall", "ledger", data="purge")
    assert objects(house) == before


def test_a_verification_that_fails_brings_it_back(ledger: House, tmp_path: Path) -> None:
    from hub_core.catalog import Reason
    from hub_core.operations.change import Change, Telling
    from hub_core.planning import Failure

    def unwell(*_: object) -> dict[str, Failure]:
        return {"shop": Failure(condition="failed", reason=Reason(code="x", text="misses it", remedy="stay"))}

    before = ledger.all(tmp_path)
    with pytest.raises(ChangeUndone, match="misses it"):
        changing.change(
            read_settings(ledger.settings.folder),
            Change(kind="uninstall", names=("ledger",), data="purge"),
            telling=Telling(agree=lambda plan: None, on_revision=lambda run: None),
            verify=unwell,
        )
    assert ledger.all(tmp_path) == before


@pytest.mark.parametrize("data", ["keep", "archive", "purge"])
def test_of_a_module_without_tables_the_plan_promises_nothing(house: House, data: Data) -> None:
    house.samples.install("pack")
    house.change("enable", "pack")
    done = house.change("uninstall", "pack", data=data)
    assert (done.plan.steps[-1].text, done.plan.steps[-1].impact) == ("uninstall pack 1.0: it has no tables", ())


@pytest.mark.parametrize(
    ("data", "told"), [("keep", "hub.toml keeps 1 setting of it"), ("purge", "takes 1 setting along")]
)
def test_the_plan_counts_what_is_set_of_it(data: Data, told: str, house: House) -> None:
    house.settings.config_file.write_text(f'{HUB_TOML}[modules.shop.settings]\ncolour = "red"\n')
    house.up()
    plan = changing.planned(house.settings, Change(kind="uninstall", names=("shop",), data=data))
    assert told in plan.steps[-1].impact


def test_a_recovery_point_is_of_this_life_of_the_module_and_what_goes_is_named(house: House) -> None:
    def point() -> Any:
        return house.read(
            lambda connection: downgrading._recovery_point(connection, house.read(recorded)["shop"], "shop_1")
        )

    two = revision("shop", 2, 'op.add_column("{name}_item", sa.Column("price", sa.Integer, server_default="7")); '
                              'op.create_table("{name}_tag", sa.Column("id", sa.Integer))')  # fmt: skip
    house.samples.install("shop", {**first("shop"), **two}, version="1.1")
    house.change("enable", "shop")
    house.run("UPDATE shop_item SET name = 'pear'")
    kept, _ = point()

    def lost(connection: Any) -> Any:
        row = recorded(connection)["shop"]
        owners = table_owners(connection, installed_catalog(house.settings), {"shop": row})
        return downgrading._lost(connection, row, owners, kept)

    assert house.read(lost) == (
        "shop_item: 1 row now, 1 then; price goes with what is in it; rows are others than then",
        "shop_tag: 0 rows now, 0 then; the table goes",
    )
    house.change("uninstall", "shop", data="purge", keeps_package=True)
    house.change("enable", "shop")
    assert point() is None
