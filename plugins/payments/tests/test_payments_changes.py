"""What payments does when it is upgraded, enabled and disabled: refuse what would lose money from sight, forget old keys."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import hub_module_payments
import pytest
from hub_hookspecs import ChangeContext, ChangeRefused
from hub_module_payments.changes import KEYS_KEPT, forget_old_keys
from sqlalchemy import Connection, create_engine, text

NewIntent = Callable[..., Awaitable[Any]]


@pytest.fixture
def connection(database_url: str, hub: Any) -> Iterator[Connection]:
    """A transaction as hooks get one, on the tables of a running hub."""
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def change(connection: Connection) -> ChangeContext:
    return ChangeContext(name="payments", version="1.1", from_version="1.0", settings=None, connection=connection)


async def test_it_is_not_disabled_while_a_gateway_owes_an_answer(
    new_intent: NewIntent, scripted: Any, post: Any, connection: Connection
) -> None:
    hub_module_payments.hub_disabled(change(connection))
    connection.rollback()
    intent = await new_intent(gateway="scripted")
    assert (await post(f"/{intent['id']}/capture")).json()["status"] == "processing"
    with pytest.raises(ChangeRefused, match=r"^1 payment is still with a gateway$"):
        hub_module_payments.hub_disabled(change(connection))


async def test_a_release_that_lost_a_currency_is_refused(new_intent: NewIntent, connection: Connection) -> None:
    await new_intent()
    hub_module_payments.hub_before_upgrade(change(connection))
    connection.execute(text("UPDATE payments_intent SET currency = 'DEM'"))
    with pytest.raises(ChangeRefused, match=r"^there are payments in DEM, which this release does not know any more$"):
        hub_module_payments.hub_before_upgrade(change(connection))


async def test_old_idempotency_keys_are_forgotten(new_intent: NewIntent, connection: Connection) -> None:
    await new_intent()
    hub_module_payments.hub_enabled(change(connection))
    assert connection.scalar(text("SELECT count(*) FROM payments_idempotency_key")) == 1
    forget_old_keys(connection, datetime.now(UTC) + KEYS_KEPT + timedelta(minutes=1))
    assert connection.scalar(text("SELECT count(*) FROM payments_idempotency_key")) == 0
