"""Money is whole minor units; what they mean is the currency's exponent in ISO 4217."""

from collections import Counter
from decimal import Decimal

import pytest
from hub_module_payments.config import Settings
from hub_module_payments.interface import CURRENCY_EXPONENTS, Money
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError


def test_every_currency_has_the_exponent_of_the_standard() -> None:
    assert Counter(CURRENCY_EXPONENTS.values()) == {0: 17, 2: 139, 3: 7, 4: 2}
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCY_EXPONENTS)


@pytest.mark.parametrize(("code", "exponent"), [("JPY", 0), ("EUR", 2), ("KWD", 3), ("CLF", 4), ("MGA", 2), ("ISK", 0)])
def test_exponents_people_get_wrong(code: str, exponent: int) -> None:
    assert CURRENCY_EXPONENTS[code] == exponent


@pytest.mark.parametrize("code", ["HRK", "BGN", "ANG", "ZWL", "SLL", "CUC"])
def test_currencies_that_ended_are_not_in_the_list(code: str) -> None:
    assert code not in CURRENCY_EXPONENTS


@pytest.mark.parametrize("code", ["XAU", "XDR", "XTS", "XXX"])
def test_codes_without_a_minor_unit_are_not_in_the_list(code: str) -> None:
    assert code not in CURRENCY_EXPONENTS


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1250, "EUR", "12.50 EUR"),
        (5, "EUR", "0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (1250, "JPY", "1,250 JPY"),
        (0, "JPY", "0 JPY"),
        (-5, "KWD", "-0.005 KWD"),
        (123456789, "USD", "1,234,567.89 USD"),
        (10**15, "CLF", "100,000,000,000.0000 CLF"),
    ],
)
def test_money_is_shown_with_the_decimals_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert str(Money(minor=minor, currency=currency)) == text


@given(minor=st.integers(-(10**40), 10**40), currency=st.sampled_from(sorted(CURRENCY_EXPONENTS)))
def test_the_decimal_amount_is_exact(minor: int, currency: str) -> None:
    sign, digits, exponent = Money(minor=minor, currency=currency).decimal.as_tuple()
    assert exponent == -CURRENCY_EXPONENTS[currency]
    assert int("".join(map(str, digits))) * (-1 if sign else 1) == minor


def test_the_decimal_amount_is_in_the_main_unit() -> None:
    assert Money(minor=1250, currency="KWD").decimal == Decimal("1.25")


def test_settings_refuse_a_currency_that_is_none() -> None:
    with pytest.raises(ValidationError, match="'EURO' is not a currency code of ISO 4217, such as EUR, JPY or KWD"):
        Settings(currencies=("EUR", "EURO"))


def test_settings_refuse_a_misspelled_key() -> None:
    with pytest.raises(ValidationError, match="default_gatway"):
        Settings.model_validate({"default_gatway": "manual"})
