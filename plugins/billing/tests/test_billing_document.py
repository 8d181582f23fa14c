"""The words on the document: dates, rates and what is owed on which day."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hub_module_billing.document import PaymentState, day, payment_state, percent, plain
from hub_module_billing.models import Invoice, InvoiceStatus

DUE = date(2026, 12, 4)


def invoice(status: InvoiceStatus, total: int = 123450) -> Invoice:
    moment = datetime(2026, 11, 21, 23, 59, tzinfo=UTC)
    return Invoice(
        status=status, currency="EUR", total_minor=total, due_on=DUE, paid_at=moment, voided_at=moment, customer_id=None
    )


@pytest.mark.parametrize(
    ("status", "total", "today", "tone", "text"),
    [
        ("draft", 123450, DUE, "draft", "This is a draft. Nothing is owed until it is issued."),
        ("issued", 123450, DUE, "due", "Please pay EUR 1,234.50 by 4 December 2026."),
        ("issued", 123450, date(2026, 12, 5), "overdue", "EUR 1,234.50 was due on 4 December 2026. Please pay now."),
        ("issued", 0, date(2026, 12, 5), "due", "Nothing is owed."),
        ("paid", 123450, date(2026, 12, 5), "paid", "Paid on 21 November 2026. Thank you."),
        ("void", 123450, date(2026, 12, 5), "void", "Void since 21 November 2026. Nothing is owed."),
    ],
)
def test_the_document_says_what_is_owed(status: str, total: int, today: date, tone: str, text: str) -> None:
    state = payment_state(invoice(InvoiceStatus(status), total), today)
    assert PaymentState(tone=state.tone, text=state.text.replace("\N{NO-BREAK SPACE}", " ")) == PaymentState(
        tone=tone, text=text
    )


@pytest.mark.parametrize(("rate", "text"), [("0.19000", "19"), ("0.08875", "8.875"), ("0", "0"), ("1", "100")])
def test_a_rate_is_shown_in_percent_without_needless_zeros(rate: str, text: str) -> None:
    assert percent(Decimal(rate)) == f"{text}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("value", "text"), [("2.5000", "2.5"), ("100.0000", "100"), ("1234.5", "1,234.5"), ("-1", "\N{MINUS SIGN}1")]
)
def test_a_quantity_is_shown_without_needless_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


def test_a_date_names_its_month() -> None:
    assert day(date(2026, 11, 1)) == "1 November 2026"
