"""The revisions make the tables the models describe, on both databases, and keep what is in them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hub_module_payments
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from hub_hookspecs import uuid7
from hub_module_payments.models import Base, Capture, PaymentIntent
from sqlalchemy import Connection, Engine, create_engine, func, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

FOLDER = Path(hub_module_payments.__file__).parent / "migrations"

INSERT = """
INSERT INTO payments_intent
    (id, status, amount_minor, captured_minor, currency, gateway, reference, description, created_at, updated_at)
VALUES (:id, 'succeeded', 1250, 1250, 'EUR', 'manual', 'order/1', '', '2026-11-01 00:00:00', '2026-11-01 00:00:00')
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:", 1))
    yield made
    made.dispose()


def upgrade(connection: Connection, revision: str) -> None:
    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions")])

    def steps(current: Any, _: MigrationContext) -> Any:
        return script._upgrade_revs(revision, current)

    context = MigrationContext.configure(connection, opts={"fn": steps})
    with Operations.context(context):
        context.run_migrations()


def downgrade(connection: Connection, revision: str) -> None:
    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions")])

    def steps(current: Any, _: MigrationContext) -> Any:
        return script._downgrade_revs(revision, current)

    context = MigrationContext.configure(connection, opts={"fn": steps})
    with Operations.context(context):
        context.run_migrations()


def constraints(connection: Connection) -> list[str]:
    inspector = inspect(connection)
    found = (
        item["name"]
        for table in inspector.get_table_names()
        for items in (inspector.get_check_constraints(table), inspector.get_unique_constraints(table))
        for item in items
    )
    return sorted(str(name) for name in found)


def test_the_revisions_make_what_the_models_describe(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection, "head")
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert list(compare_metadata(context, Base.metadata)) == []
        declared = sorted(
            str(constraint.name)
            for table in Base.metadata.sorted_tables
            for constraint in table.constraints
            if str(constraint.name).startswith(("ck_", "uq_"))
        )
        assert constraints(connection) == declared


def test_every_table_has_the_prefix_and_no_key_leaves_the_module() -> None:
    for table in Base.metadata.sorted_tables:
        assert table.name.startswith("payments_")
        assert all(key.column.table.name.startswith("payments_") for key in table.foreign_keys)


def test_intents_of_the_first_revision_survive_the_second(engine: Engine) -> None:
    identifier = uuid7()
    with engine.begin() as connection:
        upgrade(connection, "payments_0001")
        written = identifier.hex if engine.dialect.name == "sqlite" else str(identifier)
        connection.execute(text(INSERT), {"id": written})
    with engine.begin() as connection:
        upgrade(connection, "head")
    with Session(engine) as session:
        intent = session.get_one(PaymentIntent, identifier)
        assert (intent.captured_minor, intent.refunded_minor, intent.refundable_minor) == (1250, 0, 1250)
        assert intent.tenant_id == "default"


def test_going_back_takes_the_refunds_and_keeps_the_intents(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection, "head")
        connection.execute(text(INSERT), {"id": uuid7().hex if engine.dialect.name == "sqlite" else str(uuid7())})
    with engine.begin() as connection:
        downgrade(connection, "payments_0001")
        assert "ck_payments_intent_amount_positive" in constraints(connection)
        assert connection.scalar(text("SELECT count(*) FROM payments_intent")) == 1
        assert not inspect(connection).has_table("payments_refund")
    with engine.begin() as connection:
        downgrade(connection, "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}


@pytest.mark.parametrize(
    ("amount", "captured", "refunded"), [(0, 0, 0), (100, 101, 0), (100, 50, 51), (100, -1, 0), (100, 100, -1)]
)
def test_the_database_refuses_sums_that_cannot_be(engine: Engine, amount: int, captured: int, refunded: int) -> None:
    with engine.begin() as connection:
        upgrade(connection, "head")
    intent = PaymentIntent(
        amount_minor=amount,
        captured_minor=captured,
        refunded_minor=refunded,
        currency="EUR",
        gateway="manual",
        reference="order/1",
    )
    with Session(engine) as session:
        session.add(intent)
        with pytest.raises(IntegrityError):
            session.flush()


def test_a_transaction_of_a_gateway_is_recorded_once(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection, "head")
    with Session(engine) as session:
        intent = PaymentIntent(amount_minor=100, currency="EUR", gateway="acme", reference="order/1")
        session.add(intent)
        session.flush()
        taken = {"intent_id": intent.id, "status": "processing", "amount_minor": 100, "gateway": "acme"}
        session.add(Capture(**taken, gateway_transaction="t-1"))
        session.flush()
        assert session.scalar(select(func.count()).select_from(Capture)) == 1
        session.add(Capture(**taken, gateway_transaction="t-1"))
        with pytest.raises(IntegrityError):
            session.flush()


def test_rows_are_the_same_after_an_upgrade_and_the_way_back(round_trips: Callable[..., tuple[str, ...]]) -> None:
    assert round_trips("payments") == ("payments_0002",)
