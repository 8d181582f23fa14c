"""Minor units: exponents, rounding, and amounts as people read them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hub_module_billing import money
from hub_module_payments.interface import CURRENCY_EXPONENTS
from hypothesis import given
from hypothesis import strategies as st

decimals = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, places=9)


@pytest.mark.parametrize(("currency", "exponent"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0)])
def test_exponents_are_those_of_iso_4217(currency: str, exponent: int) -> None:
    assert money.exponent(currency) == exponent


@pytest.mark.parametrize("code", ["", "eur", "XYZ", "EURO", "XAU"])
def test_what_is_no_currency_is_named_and_refused(code: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole text follows
        money.exponent(code)
    assert str(raised.value) == f"{code!r} is no currency of ISO 4217; give a code such as EUR, USD or JPY"


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123450, "EUR", "1,234.50"),
        (1234, "JPY", "1,234"),
        (1234567, "KWD", "1,234.567"),
        (5, "EUR", "0.05"),
        (-5, "KWD", "-0.005"),
        (0, "JPY", "0"),
        (10**15, "EUR", "10,000,000,000,000.00"),
    ],
)
def test_an_amount_shows_the_decimals_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert money.shown(minor, currency) == text


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("-0.5", -1), ("-2.5", -3)]
)
def test_halves_are_rounded_away_from_zero(amount: str, rounded: int) -> None:
    assert money.round_half_up(Decimal(amount)) == rounded


@given(decimals)
def test_rounding_never_moves_an_amount_by_more_than_a_half(amount: Decimal) -> None:
    assert abs(Fraction(money.round_half_up(amount)) - Fraction(amount)) <= Fraction(1, 2)


@given(decimals)
def test_a_credit_mirrors_the_charge_it_takes_back(amount: Decimal) -> None:
    assert money.round_half_up(-amount) == -money.round_half_up(amount)


@given(st.integers(-(10**15), 10**15), st.decimals(min_value=-(10**6), max_value=10**6, places=4))
def test_a_product_is_rounded_once_from_its_exact_value(minor: int, factor: Decimal) -> None:
    exact = Fraction(minor) * Fraction(factor)
    away = int(abs(exact) + Fraction(1, 2))
    assert money.times(minor, factor) == (away if exact >= 0 else -away)


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(CURRENCY_EXPONENTS)))
def test_what_is_shown_can_be_read_back_exactly(minor: int, currency: str) -> None:
    shown = Decimal(money.shown(minor, currency).replace(",", ""))
    assert shown.scaleb(money.exponent(currency)) == minor
