"""What an invoice adds up to. Pure, so that every rule of rounding can be stated and tested on its own.

A line's net is its quantity times its unit price, rounded to the minor unit, because that is what the line shows. Tax
is computed once per rate, on the sum of the nets of that rate (EN 16931, BR-CO-17), and rounded there. All roundings are
half up, for negative amounts half away from zero. So the parts that are shown add up to the total that is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from . import money
from .exceptions import AmountTooLarge


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTotal:
    """The lines of one tax rate together."""

    tax_rate: Decimal
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of an invoice in minor units, with one entry per tax rate, the highest rate first."""

    taxes: tuple[RateTotal, ...]
    net_minor: int
    tax_minor: int
    total_minor: int


def line_net(quantity: Decimal, unit_price_minor: int) -> int:
    """The net of one line in minor units."""
    return _within_bounds(money.times(unit_price_minor, quantity))


def totals(lines: Iterable[tuple[Decimal, int]]) -> Totals:
    """Add up lines, each given as its tax rate (0.19 for 19 %) and its net in minor units."""
    net_of_rate: dict[Decimal, int] = {}
    for tax_rate, net_minor in lines:
        net_of_rate[tax_rate] = net_of_rate.get(tax_rate, 0) + net_minor
    taxes = tuple(
        RateTotal(tax_rate=rate, net_minor=net, tax_minor=money.times(net, rate))
        for rate, net in sorted(net_of_rate.items(), reverse=True)
    )
    net, tax = sum(each.net_minor for each in taxes), sum(each.tax_minor for each in taxes)
    return Totals(taxes=taxes, net_minor=net, tax_minor=tax, total_minor=_within_bounds(net + tax))


def _within_bounds(minor: int) -> int:
    if abs(minor) > money.LARGEST_MINOR:
        raise AmountTooLarge(minor)
    return minor
