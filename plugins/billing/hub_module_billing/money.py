"""Minor units of currencies: how many there are in one unit, how amounts are rounded to them and shown.

The exponents are those of ISO 4217, list one. Funds and metals (XAU, XDR and the like) are no currency of an invoice.
"""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

LARGEST_MINOR: Final = 10**15
"""No amount is larger, in either direction, so that every JSON reader and every sum in the database keeps it exact."""

_EXACT: Final = Context(prec=80, rounding=ROUND_HALF_UP)

_CODES_BY_EXPONENT: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
    "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD "
    "KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL "
    "THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

EXPONENTS: Final = {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}


def exponent(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD. ``ValueError`` for what is no currency."""
    try:
        return EXPONENTS[currency]
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
