"""What ``hub schema revision`` writes makes what the models say and leads back, on both databases, wherever it was written."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_hookspecs.database import module_metadata
from sqlalchemy import ARRAY, JSON, MetaData, String, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from hub_core.database import DatabaseUrl, connect, parse_url
from hub_core.migrations import MigrationSource, Written, examine, live_differences, upgrade, write_revision
from hub_core.migrations.schema.model_faults import TypeNotEverywhere
from hub_core.testing.postgres_server import create_database, drop_database

from .schema_changes import CHANGES, NAME, Change, Tables, column, item, labelled

WHERE_WRITTEN = ("other", "same") if os.environ.get("HUB_TEST_EVERY_STEP") else ("other",)
"""Written on the other database than the one it runs on; the rest in ``nox -s soak``."""


@pytest.fixture(params=WHERE_WRITTEN)
def writing(request: pytest.FixtureRequest, url: DatabaseUrl, tmp_path: Path) -> Iterator[DatabaseUrl]:
    """The database the author of a module works with."""
    if (url.kind == "sqlite") == (request.param == "same"):
        yield parse_url(f"sqlite:///{tmp_path / 'author.db'}")
        return
    server = request.getfixturevalue("postgres_server")
    made = create_database(server)
    yield parse_url(made)
    drop_database(server, made)


@pytest.fixture
def source(tmp_path: Path) -> MigrationSource:
    return MigrationSource(module="shop", folder=tmp_path / "versions", table_prefix="shop_")


def owned(table: str) -> bool:
    return table.startswith("shop_") and table != "shop_alembic_version"


def models(tables: Tables) -> MetaData:
    metadata = module_metadata("shop")
    tables(metadata)
    return metadata


def revised(url: DatabaseUrl, source: MigrationSource, tables: Tables, message: str) -> Written | None:
    written = write_revision(url, source, models(tables), owned, message)
    if written is not None:
        print(written.file.text)
        assert (written.left, written.failure) == ((), None)
    return written


def migrated(url: DatabaseUrl, source: MigrationSource) -> None:
    upgrade(url, source, on_revision=lambda run: None)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_written_and_runs_on_both_databases(
    writing: DatabaseUrl, url: DatabaseUrl, core: None, source: MigrationSource, change: Change
) -> None:
    revised(writing, source, change.before, "begin")
    migrated(url, source)
    with connect(url) as connection:
        for statement in change.rows:
            connection.execute(text(statement))
        connection.commit()
    assert revised(writing, source, change.after, "change") is not None
    migrated(url, source)
    with connect(url) as connection:
        assert live_differences(connection, url, models(change.after), owned) == ()
        if change.kept is not None:
            query, answer = change.kept
            assert connection.scalar(text(query)) == answer
    findings = examine(url, source, models(change.after), owned)
    assert [finding for finding in findings if finding.level == "error"] == []
    assert revised(writing, source, change.after, "again") is None
    assert not list(source.folder.rglob("__pycache__"))


def test_a_check_is_left_alone_when_only_the_type_of_its_column_changes(
    url: DatabaseUrl, source: MigrationSource
) -> None:
    """PostgreSQL writes the expression of a check anew, with casts that depend on the types of its columns."""
    change = CHANGES["text without limit, with a check of it"]
    revised(url, source, change.before, "begin")
    written = revised(url, source, change.after, "change")
    assert written is not None
    assert [difference.kind for difference in written.differences] == ["type"]
    assert "check" not in written.file.text


ONLY_ON_POSTGRESQL: dict[str, TypeEngine[Any]] = {
    "ARRAY": postgresql.ARRAY(String()),
    "ARRAY of any database": ARRAY(String()),
    "INT4RANGE": postgresql.INT4RANGE(),
}


@pytest.mark.parametrize(("name", "kind"), ONLY_ON_POSTGRESQL.items(), ids=ONLY_ON_POSTGRESQL)
def test_a_type_that_sqlite_does_not_have_is_refused_wherever_the_author_works(
    url: DatabaseUrl, source: MigrationSource, name: str, kind: TypeEngine[Any]
) -> None:
    revised(url, source, item(NAME), "begin")
    changed = item(NAME, column("tags", kind))
    with pytest.raises(TypeNotEverywhere, match=rf"shop_item\.tags .*{name.split()[0]}.*SQLite") as raised:
        write_revision(url, source, models(changed), owned, "add tags")
    assert '.with_variant(…, "sqlite")' in raised.value.remedy
    assert [path.name for path in source.folder.glob("*.py")] == ["shop_0001_begin.py"]
    (finding,) = examine(url, source, models(changed), owned)
    assert (finding.level, finding.code) == ("error", "type_not_everywhere")


@pytest.mark.parametrize("kind", ONLY_ON_POSTGRESQL.values(), ids=ONLY_ON_POSTGRESQL)
def test_a_type_that_is_another_one_on_sqlite_is_written(
    url: DatabaseUrl, source: MigrationSource, kind: TypeEngine[Any]
) -> None:
    revised(url, source, item(NAME), "begin")
    changed = item(NAME, column("tags", kind.with_variant(JSON(), "sqlite")))
    assert revised(url, source, changed, "add tags") is not None
    assert revised(url, source, changed, "again") is None


def test_what_a_revision_makes_on_postgresql_alone_is_no_difference_on_sqlite(
    url: DatabaseUrl, source: MigrationSource
) -> None:
    kind = postgresql.ARRAY(String()).with_variant(JSON(), "sqlite")
    written = revised(url, source, item(NAME, column("tags", kind)), "begin")
    assert written is not None
    by_hand = 'postgresql.ARRAY(sa.String()) if op.get_bind().dialect.name == "postgresql" else sa.JSON()'
    content = written.file.text.replace('postgresql.ARRAY(sa.String()).with_variant(sa.JSON(), "sqlite")', by_hand)
    assert by_hand in content
    written.file.path.write_text(content)
    print(content)
    if url.kind == "postgresql":
        assert revised(url, source, item(NAME, column("tags", kind)), "again") is None


@pytest.mark.parametrize(
    ("labels", "gone"),
    [(("draft", "sent"), "delivered"), (("draft", "sent", "arrived"), "delivered"), (("sent", "delivered"), "draft")],
)
def test_a_label_taken_away_or_renamed_is_told_alike_wherever_the_author_works(
    url: DatabaseUrl, source: MigrationSource, labels: tuple[str, ...], gone: str
) -> None:
    revised(url, source, item(labelled("draft", "sent", "delivered")), "begin")
    changed = item(labelled(*labels))
    revised(url, source, changed, "relabel")
    (finding,) = examine(url, source, models(changed), owned)
    assert (finding.level, finding.code, finding.file) == ("warning", "label_removed", "shop_0002_relabel.py")
    assert f"the enumeration shop_status loses {gone}: " in finding.text
