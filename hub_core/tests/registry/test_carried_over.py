"""What was done and asked for is remembered over a restore: here what the hub knew, there what the archive brings."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, select

from hub_core.database import connect, parse_url
from hub_core.registry import RequestRow, attempt_here, finish_operation, start_operation, store_request, tables
from hub_core.registry.carried_over import carry_over, memory


@pytest.fixture
def restored(database_url: str) -> Iterator[Connection]:
    """The tables that an archive is restored into."""
    with connect(parse_url(database_url)) as connection:
        tables.METADATA.create_all(connection)
        yield connection


@pytest.fixture
def here() -> Iterator[Connection]:
    """The tables that are replaced."""
    with create_engine("sqlite://").connect() as connection:
        tables.METADATA.create_all(connection)
        yield connection
    connection.engine.dispose()


def request(name: str, *, key: str | None = None, hours_ago: float = 0, outcome: str | None = None) -> RequestRow:
    return RequestRow(
        id=name, action="restore", module="hub", options={}, command=["restore"], principal="superuser",
        address=None, host="here", digest=name, key=key, at=tables.now() - timedelta(hours=hours_ago), outcome=outcome,
    )  # fmt: skip


def outcomes(connection: Connection) -> dict[str, str | None]:
    return {row.id: row.outcome for row in connection.execute(select(tables.requests))}


def operation(connection: Connection, actor: str, *, ended: bool = True) -> str:
    attempt = attempt_here("up", actor=actor, modules=[actor])
    begun = start_operation(connection, kind="up", detail=[], actor=actor, attempt=attempt)
    if ended:
        finish_operation(connection, begun, outcome="done")
    return begun


def copied(source: Connection, target: Connection) -> None:
    for table in tables.METADATA.sorted_tables:
        counted = {"id"} if table in (tables.audit, tables.migrations) else set()
        for row in source.execute(select(table)).mappings():
            target.execute(insert(table), {name: value for name, value in row.items() if name not in counted})


def test_a_key_whose_day_is_over_in_the_archive_still_stands_for_the_request_of_today(
    restored: Connection, here: Connection
) -> None:
    store_request(restored, request("old", key="nightly", hours_ago=40, outcome="done"))
    store_request(here, request("new", key="nightly"))
    carry_over(restored, memory(here))
    assert store_request(restored, request("again", key="nightly")).id == "new"


@pytest.mark.parametrize(
    ("archived", "known", "told"),
    [(None, "done", "done"), ("done", "interrupted", "done"), (None, None, None), ("done", "refused", "refused")],
)
def test_how_a_request_ended_is_told_by_who_knows(
    archived: str | None, known: str | None, told: str | None, restored: Connection, here: Connection
) -> None:
    store_request(restored, request("one", outcome=archived))
    store_request(here, request("one", outcome=known))
    store_request(restored, request("unknown here"))
    carry_over(restored, memory(here))
    assert outcomes(restored) == {"one": told, "unknown here": "interrupted"}


def test_audit_rows_name_their_operation_when_a_restore_is_taken_back(restored: Connection, here: Connection) -> None:
    for number in range(3):
        operation(here, f"ours {number}")
    restoring = operation(here, "restorer", ended=False)
    copied(here, restored)  # what is kept of it; then the archive of another hub takes its place
    kept = memory(here)
    with create_engine("sqlite://").connect() as other:
        tables.METADATA.create_all(other)
        for number in range(10):
            operation(other, f"theirs {number}")
        carry_over(other, kept)
        finish_operation(other, restoring, outcome="done")
        operation(other, "taker back", ended=False)
        carry_over(restored, memory(other))
    other.engine.dispose()
    actors: dict[Any, str] = {row.number: row.actor for row in restored.execute(select(tables.operations))}
    rows = restored.execute(select(tables.audit)).all()
    assert len(rows) > 20
    assert {row.actor: actors[row.operation] for row in rows} == {row.actor: row.actor for row in rows}
