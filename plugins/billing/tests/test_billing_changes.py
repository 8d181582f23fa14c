"""What billing does when it is installed and upgraded: refuse an old SQLite, continue numbers, look whether invoices are sound."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import hub_module_billing
import pytest
from hub_hookspecs import ChangeContext, ChangeRefused
from hub_module_billing.changes import refuse_old_sqlite
from sqlalchemy import Connection, create_engine, text

API = "/api/v1/billing"
CUSTOMER = {"name": "Ada", "email": "ada@example.org", "address": ["1 Main St"], "country": "FR"}


@pytest.fixture
def hub_module_settings() -> Mapping[str, Mapping[str, Any]]:
    return {"billing": {"first_number": 42, "invoice_prefix": "R/"}}


async def issued(hub: Any) -> str:
    client = hub.as_superuser
    customer = (await client.post(f"{API}/customers", json=CUSTOMER)).json()["id"]
    content = {"customer_id": customer, "lines": [{"description": "Work", "unit_price_minor": 1000}]}
    draft = (await client.post(f"{API}/invoices", json=content)).json()
    answer = await client.post(f"{API}/invoices/{draft['id']}/issue")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["number"])


async def test_numbers_go_on_from_another_program(hub: Any) -> None:
    year = datetime.now(UTC).year
    assert [await issued(hub), await issued(hub)] == [f"R/{year}-00042", f"R/{year}-00043"]


def check(connection: Connection) -> None:
    context = ChangeContext(name="billing", version="1.1", from_version="1.0", settings=None, connection=connection)
    hub_module_billing.hub_after_upgrade(context)


async def test_an_upgrade_that_leaves_an_issued_invoice_unsound_is_refused(hub: Any, database_url: str) -> None:
    number = await issued(hub)
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        check(connection)
        connection.execute(text("UPDATE billing_invoice_lines SET net_minor = net_minor + 1"))
        with pytest.raises(ChangeRefused, match=f"not the sum of their lines: {number}$"):
            check(connection)
        connection.execute(text("DELETE FROM billing_invoice_lines"))
        with pytest.raises(ChangeRefused, match=number):
            check(connection)
    engine.dispose()


@pytest.mark.parametrize(("version", "fits"), [((3, 34, 1), False), ((3, 35, 0), True), ((4, 0), True)])
def test_an_sqlite_that_cannot_draw_numbers_is_refused(version: tuple[int, ...], fits: bool) -> None:
    dialect = create_engine("sqlite://").dialect
    dialect.server_version_info = version
    if fits:
        refuse_old_sqlite(dialect)
        return
    with pytest.raises(ChangeRefused, match=r"^billing needs SQLite 3\.35 or newer, and this Python has 3\.34\.1$"):
        refuse_old_sqlite(dialect)


def test_a_new_year_begins_with_one() -> None:
    """The setting holds for the year of the installation: a series of another year has no row."""
    from hub_module_billing.changes import continue_numbers
    from hub_module_billing.config import Settings
    from hub_module_billing.models import Base

    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        continue_numbers(connection, Settings(), today=date(2026, 5, 1))
        assert connection.execute(text("SELECT * FROM billing_number_series")).all() == []
        continue_numbers(connection, Settings(first_number=7), today=date(2026, 5, 1))
        assert connection.execute(text("SELECT prefix, year, last_number FROM billing_number_series")).all() == [
            ("INV-", 2026, 6)
        ]
    engine.dispose()
