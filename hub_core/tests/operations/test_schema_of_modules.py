"""The tables of every module here are what its models say, and nobody's tables are taken for another's."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hub_hookspecs.database import module_metadata
from sqlalchemy import Column, Integer, MetaData, Table, text

from hub_core.database import DatabaseUrl, TableOwners, connect, parse_url
from hub_core.migrations import MigrationSource, live_differences, upgrade, write_revision
from hub_core.operations.schemas.schema_check import schema_check
from hub_core.operations.schemas.schema_modules import SchemaModule, on_disk
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.conftest import Wheelhouse

OWN = ("hub", "billing", "billing_reminders", "notes", "payments")
NAMES = ("sales", "sales_tax", "sales_tax_eu")
TABLES = {"sales": "sales_rate", "sales_tax": "sales_tax_rate", "sales_tax_eu": "sales_tax_eu_rate"}


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubSettings:
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    return read_settings(tmp_path)


@pytest.fixture
def url(database_url: str) -> DatabaseUrl:
    return parse_url(database_url)


@pytest.fixture
def acme(wheelhouse: Wheelhouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module by another developer, without tables."""
    monkeypatch.syspath_prepend(str(wheelhouse.install(tmp_path / "site", "acme_gateway")))


@pytest.mark.parametrize("name", OWN)
def test_the_revisions_of_a_module_make_what_its_models_say_and_lead_back(settings: HubSettings, name: str) -> None:
    looked_at, findings = schema_check(settings, name)
    assert looked_at == (name,)
    assert [finding for finding in findings if finding.level == "error"] == []


@pytest.mark.parametrize("name", OWN)
def test_the_tables_of_a_fresh_install_are_what_the_models_say_and_what_autogenerate_expects(
    url: DatabaseUrl, settings: HubSettings, name: str
) -> None:
    disk = on_disk(settings)
    module, owned = disk.load(name), disk.load(name).owned(disk.owners)
    for each in dict.fromkeys(("hub", name)):
        upgrade(url, disk.load(each).source, on_revision=lambda run: None)
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda found, kind, parents: kind != "table" or owned(found),
        "include_object": lambda item, found, kind, reflected, other: kind != "table" or owned(found),
    }
    with connect(url, read_only=True) as connection:
        assert live_differences(connection, url, module.metadata, owned) == ()
        assert module.metadata is not None
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, module.metadata) == []


@pytest.mark.usefixtures("acme")
def test_a_module_without_tables_has_nothing_to_differ(settings: HubSettings) -> None:
    assert schema_check(settings, "acme_pay") == (("acme_pay",), ())


def test_all_modules_are_looked_at_where_none_is_named(settings: HubSettings) -> None:
    looked_at, findings = schema_check(settings)
    assert set(looked_at) >= set(OWN)
    assert [finding for finding in findings if finding.level == "error"] == []


def models(module: str, *tables: str) -> MetaData:
    metadata = module_metadata(module)
    for name in tables:
        Table(name, metadata, Column("id", Integer, primary_key=True))
    return metadata


def of(module: str, folder: Path, *tables: str) -> SchemaModule:
    source = MigrationSource(module=module, folder=folder / module, table_prefix=f"{module}_")
    return SchemaModule(name=module, metadata=models(module, *tables), source=source)


@pytest.fixture
def three(url: DatabaseUrl) -> TableOwners:
    """A database with the tables of three modules whose prefixes begin alike, and whose each is by prefix."""
    with connect(url) as connection:
        for name in NAMES:
            models(name, TABLES[name], f"{name}_alembic_version").create_all(connection)
        connection.commit()
    return TableOwners(prefixes={f"{name}_": name for name in NAMES})


@pytest.mark.parametrize("name", NAMES)
def test_a_module_sees_its_own_tables_and_none_of_the_others(
    url: DatabaseUrl, three: TableOwners, tmp_path: Path, name: str
) -> None:
    """As include_object would be asked with three modules: what is another's is neither missing nor too much."""
    module = of(name, tmp_path, TABLES[name])
    with connect(url, read_only=True) as connection:
        assert live_differences(connection, url, module.metadata, module.owned(three)) == ()
        nothing_left = live_differences(connection, url, models(name), module.owned(three))
    assert [(each.table, each.kind) for each in nothing_left] == [(TABLES[name], "table")]


@pytest.mark.parametrize("name", NAMES)
def test_a_revision_drops_no_table_of_another_module(
    url: DatabaseUrl, three: TableOwners, tmp_path: Path, name: str
) -> None:
    """Also where revisions of its own made it, as when a table was handed over."""
    with_theirs = of(name, tmp_path, *TABLES.values())
    everything = write_revision(
        url, with_theirs.source, with_theirs.metadata, lambda table: "alembic" not in table, "all"
    )
    assert everything is not None
    module = of(name, tmp_path)
    written = write_revision(url, module.source, module.metadata, module.owned(three), "none")
    assert written is not None
    upgrade = written.file.text.partition("def downgrade")[0]
    assert upgrade.count("drop_table") == 1
    assert f'op.drop_table("{TABLES[name]}")' in upgrade


def test_the_module_recorded_for_a_table_owns_it_whatever_it_is_called(
    url: DatabaseUrl, three: TableOwners, tmp_path: Path
) -> None:
    owners = TableOwners(recorded={"sales_tax_rate": "sales"}, prefixes=three.prefixes)
    sales, tax = of("sales", tmp_path, "sales_rate", "sales_tax_rate"), of("sales_tax", tmp_path)
    with connect(url, read_only=True) as connection:
        assert live_differences(connection, url, sales.metadata, sales.owned(owners)) == ()
        assert live_differences(connection, url, tax.metadata, tax.owned(owners)) == ()


def test_comparing_changes_nothing_of_the_database(url: DatabaseUrl, three: TableOwners, tmp_path: Path) -> None:
    module = of("sales", tmp_path, "sales_other")
    statement = "SELECT name FROM sqlite_master ORDER BY 1"
    if url.kind == "postgresql":
        statement = (
            "SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace ORDER BY 1"
        )
    with connect(url, read_only=True) as connection:
        before = connection.execute(text(statement)).all()
        assert live_differences(connection, url, module.metadata, module.owned(three)) != ()
    with connect(url, read_only=True) as connection:
        assert connection.execute(text(statement)).all() == before


def test_owners_without_a_database_know_the_prefixes_of_all_modules_on_disk(settings: HubSettings) -> None:
    owners = on_disk(settings).owners
    assert [owners.owner(name) for name in ("hub_module", "billing_plans", "notes_note", "other_table")] == [
        "hub",
        "billing",
        "notes",
        None,
    ]
