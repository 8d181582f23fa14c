"""The settings of billing: what holds without any, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest
from hub_module_billing.config import Seller, Settings
from pydantic import ValidationError


def test_every_setting_has_a_default() -> None:
    assert Settings().model_dump() == {
        "currency": "EUR",
        "tax_rate": Decimal("0.19"),
        "invoice_prefix": "INV-",
        "first_number": 1,
        "payment_days": 14,
        "seller": None,
    }


def test_a_rate_keeps_its_value_whether_text_or_number() -> None:
    assert Settings.model_validate({"tax_rate": 0.081}) == Settings.model_validate({"tax_rate": "0.081"})


def test_a_seller_needs_a_name_an_address_and_a_country() -> None:
    given = {"name": "Works", "address": ["2 Side St"], "country": "DE"}
    assert Settings.model_validate({"seller": given}).seller == Seller(
        name="Works", address=("2 Side St",), country="DE"
    )
    for missing in given:
        with pytest.raises(ValidationError, match=missing):
            Settings.model_validate({"seller": {name: value for name, value in given.items() if name != missing}})


@pytest.mark.parametrize(
    "given",
    [
        {"currency": "XYZ"},
        {"currency": "eur"},
        {"tax_rate": "1.01"},
        {"tax_rate": "-0.1"},
        {"invoice_prefix": "INV 1"},
        {"first_number": 0},
        {"payment_days": -1},
        {"curency": "EUR"},
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any]) -> None:
    (name,) = given
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate(given)
