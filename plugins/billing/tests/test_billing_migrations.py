"""The revisions make the tables the models describe, on both databases, and keep what is in them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hub_module_billing.models import Base
from sqlalchemy import Connection, create_engine, inspect, text

Migrate = Callable[[str], None]

ROWS = [
    "\nINSERT INTO billing_customers (id, name, email, address, country, vat_id, created_at)\nVALUES (:customer, 'Ada', 'ada@example.org', '[\"1 Main St\"]', 'DE', '', '2026-11-01 00:00:00+00:00')",
    "\nINSERT INTO billing_invoices (id, customer_id, status, number, currency, note, net_minor, tax_minor, total_minor, created_at)\nVALUES (:invoice, :customer, 'issued', 'INV-2026-00001', 'EUR', '', 100, 19, 119, '2026-11-01 00:00:00+00:00')",
    "\nINSERT INTO billing_invoice_lines (id, invoice_id, position, description, quantity, unit, unit_price_minor, tax_rate, net_minor)\nVALUES (:line, :invoice, 1, 'Work', '1.0000', 'h', 100, '0.19000', 100)\n",
]


def on(database_url: str, look: Callable[[Connection], Any]) -> Any:
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        found = look(connection)
    engine.dispose()
    return found


def checks(connection: Connection) -> set[str]:
    inspector = inspect(connection)
    found = (check["name"] for table in inspector.get_table_names() for check in inspector.get_check_constraints(table))
    return {name for name in found if name}


def test_the_revisions_make_what_the_models_describe(database_url: str, migrate: Migrate) -> None:
    migrate("head")

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))

    assert on(database_url, differences) == []
    assert on(database_url, checks) == {
        "ck_billing_invoices_numbered_when_issued",
        "ck_billing_invoices_status",
        "ck_billing_plans_interval",
    }


def test_every_table_is_billings_and_no_key_leaves_it(database_url: str, migrate: Migrate) -> None:
    migrate("head")

    def tables(connection: Connection) -> tuple[set[str], set[str]]:
        inspector = inspect(connection)
        own = set(inspector.get_table_names()) - {"alembic_version"}
        return own, {key["referred_table"] for table in own for key in inspector.get_foreign_keys(table)}

    own, referred = on(database_url, tables)
    assert all(name.startswith("billing_") for name in own)
    assert referred <= own


def test_invoices_of_the_first_revision_survive_the_later_ones(database_url: str, migrate: Migrate) -> None:
    migrate("billing_0001")
    customer, invoice, line = (uuid4() for _ in range(3))

    def insert(connection: Connection) -> None:
        def key(value: Any) -> str:
            return str(value.hex if connection.dialect.name == "sqlite" else value)

        values = {"customer": key(customer), "invoice": key(invoice), "line": key(line)}
        for statement in ROWS:
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), used)

    def kept(connection: Connection) -> tuple[Any, ...]:
        query = "SELECT i.number, i.total_minor, l.description FROM billing_invoices i JOIN billing_invoice_lines l ON l.invoice_id = i.id"
        return tuple(connection.execute(text(query)).one())

    on(database_url, insert)
    migrate("head")
    assert on(database_url, kept) == ("INV-2026-00001", 119, "Work")
    migrate("billing_0001")
    assert on(database_url, kept) == ("INV-2026-00001", 119, "Work")


def test_going_back_to_nothing_leaves_nothing(database_url: str, migrate: Migrate) -> None:
    migrate("head")
    migrate("base")
    assert on(database_url, lambda connection: inspect(connection).get_table_names()) == ["alembic_version"]


def test_rows_are_the_same_after_an_upgrade_and_the_way_back(round_trips: Callable[..., tuple[str, ...]]) -> None:
    rows = {
        "billing_invoices": [{"status": "draft"}, {"status": "issued", "number": "INV-2026-00001"}],
        "billing_plans": [{"interval": "month"}, {"interval": "year"}],
    }
    assert round_trips("billing", rows=rows) == ("billing_0002", "billing_0003")
