"""What invoices add up to."""

from decimal import Decimal

import pytest
from hub_module_billing.exceptions import AmountTooLarge
from hub_module_billing.money import round_half_up, shown
from hub_module_billing.totals import RateTotal, line_net, totals
from hypothesis import given
from hypothesis import strategies as st

rates = st.sampled_from([Decimal(text) for text in ("0", "0.05", "0.07", "0.08875", "0.10", "0.19", "0.255", "1")])
lines = st.lists(st.tuples(rates, st.integers(-(10**9), 10**9)), max_size=30)


def test_tax_is_computed_on_the_sum_of_a_rate_and_not_line_by_line() -> None:
    """Three lines of 0.33 at 19 %: 0.0627 each would be three times 0.06 = 0.18, on the sum it is 0.1881 = 0.19."""
    sums = totals([(Decimal("0.19"), 33)] * 3)
    assert (sums.net_minor, sums.tax_minor, sums.total_minor) == (99, 19, 118)


def test_each_rate_is_rounded_on_its_own_and_the_highest_stands_first() -> None:
    sums = totals([(Decimal("0.07"), 1050), (Decimal("0.19"), 1050), (Decimal("0.070"), 100)])
    assert sums.taxes == (
        RateTotal(tax_rate=Decimal("0.19"), net_minor=1050, tax_minor=200),  # 199.5
        RateTotal(tax_rate=Decimal("0.07"), net_minor=1150, tax_minor=81),  # 80.5
    )
    assert sums.total_minor == 2200 + 281


def test_yen_have_no_smaller_unit_to_round_to() -> None:
    """Consumption tax of 10 % on 1,005 yen is 100.5 yen, so 101."""
    sums = totals([(Decimal("0.10"), line_net(Decimal(3), 335))])
    assert (shown(sums.tax_minor, "JPY"), shown(sums.total_minor, "JPY")) == ("101", "1,106")


def test_dinars_are_rounded_to_a_thousandth() -> None:
    """5 % of 1.230 KWD is 0.0615 KWD, so 0.062."""
    sums = totals([(Decimal("0.05"), line_net(Decimal("0.5"), 2460))])
    assert (shown(sums.tax_minor, "KWD"), shown(sums.total_minor, "KWD")) == ("0.062", "1.292")


def test_a_line_is_rounded_half_up_and_a_credit_half_away_from_zero() -> None:
    assert line_net(Decimal("2.5"), 1001) == 2503  # 2502.5
    assert line_net(Decimal("-2.5"), 1001) == -2503
    assert totals([(Decimal("0.5"), -101)]).tax_minor == -51


def test_a_credit_line_lowers_the_tax_of_its_rate() -> None:
    assert totals([(Decimal("0.19"), 10000), (Decimal("0.19"), -10000)]).total_minor == 0


def test_an_invoice_without_lines_adds_up_to_nothing() -> None:
    sums = totals([])
    assert (sums.taxes, sums.net_minor, sums.tax_minor, sums.total_minor) == ((), 0, 0, 0)


def test_amounts_beyond_exact_json_numbers_are_refused() -> None:
    with pytest.raises(AmountTooLarge) as raised:
        line_net(Decimal(2), 10**15)
    assert raised.value.detail == (
        "2000000000000000 minor units are more than an invoice can carry (10^15); lower quantities or prices, or split it"
    )
    with pytest.raises(AmountTooLarge):
        totals([(Decimal("0.19"), 10**15)])


@given(lines)
def test_the_parts_that_are_shown_add_up_to_the_total_that_is_shown(given_lines: list[tuple[Decimal, int]]) -> None:
    def read(minor: int) -> Decimal:
        return Decimal(shown(minor, "EUR").replace(",", ""))

    sums = totals(given_lines)
    assert (
        sum(read(net) for _, net in given_lines)
        == read(sums.net_minor)
        == sum(read(each.net_minor) for each in sums.taxes)
    )
    assert sum(read(each.tax_minor) for each in sums.taxes) == read(sums.tax_minor)
    assert read(sums.net_minor) + read(sums.tax_minor) == read(sums.total_minor)


@given(lines)
def test_tax_of_a_rate_is_its_sum_times_the_rate_half_up(given_lines: list[tuple[Decimal, int]]) -> None:
    for each in totals(given_lines).taxes:
        net = sum(net for rate, net in given_lines if rate == each.tax_rate)
        assert (each.net_minor, each.tax_minor) == (net, round_half_up(net * each.tax_rate))


@given(lines)
def test_an_invoice_of_credits_is_the_mirror_of_the_one_it_takes_back(given_lines: list[tuple[Decimal, int]]) -> None:
    charged, credited = totals(given_lines), totals([(rate, -net) for rate, net in given_lines])
    assert credited.total_minor == -charged.total_minor


@given(lines, st.randoms())
def test_the_order_of_the_lines_does_not_matter(given_lines: list[tuple[Decimal, int]], random: object) -> None:
    shuffled = list(given_lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert totals(shuffled) == totals(given_lines)
