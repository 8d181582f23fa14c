"""Minor units of currencies: how many there are in one unit, how amounts are rounded to them and shown.

The list of currencies is that of the module payments, so that whatever is invoiced can be paid.
"""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from hub_module_payments.interface import CURRENCY_EXPONENTS

LARGEST_MINOR: Final = 10**15
"""No amount is larger, in either direction, so that every JSON reader and every sum in the database keeps it exact."""

_EXACT: Final = Context(prec=80, rounding=ROUND_HALF_UP)


def exponent(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD. ``ValueError`` for what is no currency."""
    try:
        return CURRENCY_EXPONENTS[currency]
    except KeyError:
        raise ValueError(f"{currency!r} is no currency of ISO 4217; give a code such as EUR, USD or JPY") from None


def round_half_up(amount: Decimal) -> int:
    """Round to a whole number; halves go away from zero, so that a credit mirrors the charge it takes back."""
    return int(amount.quantize(Decimal(1), context=_EXACT))


def times(minor: int, factor: Decimal) -> int:
    """Multiply an amount in minor units and round the exact product once."""
    return round_half_up(_EXACT.multiply(Decimal(minor), factor))


def shown(minor: int, currency: str) -> str:
    """The amount as people read it, with the currency's decimals: ``1,234.50`` for 123450 EUR, ``1,234`` for 1234 JPY."""
    return f"{Decimal(minor).scaleb(-exponent(currency), context=_EXACT):,.{exponent(currency)}f}"
