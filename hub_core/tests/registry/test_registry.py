"""The registry reads back what was recorded, on both databases, and its revisions make the tables its code expects."""

from datetime import UTC, date, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from hub_core.database import connect, parse_url
from hub_core.planning import Desired, DesiredModule, ModuleState, RecordedModule
from hub_core.registry import (
    METADATA,
    desired,
    finish_operation,
    history,
    last_document,
    note_migration,
    record,
    recorded,
    revoke_tokens,
    start_operation,
    store_desired,
    store_token,
    token_hashes,
)
from hub_core.registry.tables import documents, modules, operations, tokens

BILLING = RecordedModule(
    name="billing",
    distribution="hub-module-billing",
    version="1.0.0",
    hash="a" * 64,
    state=ModuleState.ENABLED,
    revision="billing_0002",
    table_prefix="billing_",
)


def test_the_revisions_make_exactly_the_tables_the_code_uses(connection: Connection) -> None:
    context = MigrationContext.configure(
        connection,
        opts={"compare_type": True, "compare_server_default": True, "version_table": "hub_alembic_version"},
    )
    assert compare_metadata(context, METADATA) == []


def test_every_table_of_the_core_stands_under_its_prefix() -> None:
    assert all(name.startswith("hub_") for name in METADATA.tables)


def test_a_database_the_hub_never_migrated_records_nothing(database_url: str) -> None:
    with connect(parse_url(database_url)) as connection:
        assert recorded(connection) == {}


def test_what_is_recorded_of_a_module_is_read_back_and_replaced(connection: Connection) -> None:
    notes = RecordedModule(
        name="notes",
        distribution="hub-module-notes",
        version="1",
        hash="b" * 64,
        state=ModuleState.DISABLED,
        revision=None,
        table_prefix="x_",
    )
    record(connection, notes)
    record(connection, BILLING)
    assert list(recorded(connection).items()) == [("billing", BILLING), ("notes", notes)]
    assert isinstance(recorded(connection)["billing"].state, ModuleState)
    later = RecordedModule(
        name="billing",
        distribution="acme-billing",
        version="2.0.0",
        hash="c" * 64,
        state=ModuleState.INSTALLED,
        revision=None,
        table_prefix="x_",
    )
    record(connection, later)
    assert recorded(connection) == {"billing": later, "notes": notes}


def test_moments_are_aware_and_in_utc(connection: Connection) -> None:
    record(connection, BILLING)
    store_desired(connection, Desired(), "")
    store_token(connection, "1" * 64, "2" * 64)
    operation = start_operation(connection, kind="up", detail=[])
    finish_operation(connection, operation, outcome="done")
    note_migration(connection, module="hub", before=None, after="x", duration_ms=1.5, checksum=None, outcome="done")
    moments = [
        connection.scalar(select(column))
        for column in (
            modules.c.recorded_at,
            documents.c.applied_at,
            tokens.c.created_at,
            operations.c.started_at,
            operations.c.finished_at,
        )
    ] + [history(connection)[-1].at]
    for moment in moments:
        assert isinstance(moment, datetime)
        assert moment.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def test_wishes_and_the_text_they_came_from_are_replaced_together(connection: Connection) -> None:
    assert desired(connection) == Desired()
    assert last_document(connection) is None
    wanted = Desired(
        modules={
            "billing": DesiredModule(version=">=1,<2", settings={"currency": "EUR", "seller": {"lines": ["a", "ü"]}}),
            "notes": DesiredModule(enabled=False),
        }
    )
    store_desired(connection, wanted, "[modules.billing]\n")
    assert desired(connection) == wanted
    assert last_document(connection) == "[modules.billing]\n"
    store_desired(connection, Desired(modules={"notes": DesiredModule()}), "")
    assert desired(connection) == Desired(modules={"notes": DesiredModule()})
    assert last_document(connection) == ""


def test_dates_of_toml_are_kept_as_texts(connection: Connection) -> None:
    settings = {"since": date(2026, 1, 2), "nested": {"at": datetime(2026, 1, 2, 3, tzinfo=UTC)}}
    store_desired(connection, Desired(modules={"billing": DesiredModule(settings=settings)}), "")
    stored = desired(connection).modules["billing"].settings
    assert stored == {"since": "2026-01-02", "nested": {"at": "2026-01-02T03:00:00+00:00"}}


def test_an_operation_without_an_outcome_was_cut_off(connection: Connection) -> None:
    done = start_operation(connection, kind="up", detail=["enable billing"])
    cut = start_operation(connection, kind="up", detail=[])
    finish_operation(connection, done, outcome="done")
    rows = {row.id: row for row in connection.execute(select(operations))}
    assert (rows[done].detail, rows[done].outcome) == (["enable billing"], "done")
    assert (rows[cut].outcome, rows[cut].finished_at) == (None, None)


def test_the_history_is_told_in_order_for_one_module_or_all(connection: Connection) -> None:
    for number in range(20):
        note_migration(
            connection,
            module="billing",
            before=f"r{number}",
            after=f"r{number + 1}",
            duration_ms=number / 8,
            checksum="d" * 64,
            outcome="done",
        )
    rows = history(connection, "billing")
    assert [row.after for row in rows] == [f"r{number}" for number in range(1, 21)]
    assert {row.module for row in history(connection)} == {"hub", "billing"}
    assert rows[3].as_json() == {
        "module": "billing",
        "from": "r3",
        "to": "r4",
        "duration_ms": 0.375,
        "checksum": "d" * 64,
        "outcome": "done",
        "at": rows[3].at.isoformat(),
    }


def test_tokens_are_stored_until_they_are_revoked(connection: Connection) -> None:
    store_token(connection, "1" * 64, "2" * 64)
    store_token(connection, "3" * 64, "4" * 64)
    assert sorted(token_hashes(connection)) == [("1" * 64, "2" * 64), ("3" * 64, "4" * 64)]
    connection.commit()
    with pytest.raises(IntegrityError):
        store_token(connection, "5" * 64, "2" * 64)
    connection.rollback()
    revoke_tokens(connection)
    assert token_hashes(connection) == ()


def test_nothing_is_kept_that_the_caller_does_not_commit(connection: Connection) -> None:
    record(connection, BILLING)
    connection.rollback()
    assert recorded(connection) == {}
    assert connection.scalar(text("SELECT count(*) FROM hub_module")) == 0
