"""Amounts and texts as the HTTP API takes and gives them."""

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..interface import CURRENCY_EXPONENTS, Money

LARGEST_MINOR: Final = 10**15
"""Below 2^53, so that every JSON reader gets the number exactly, and below the databases' 2^63 by far."""

NO_NUL: Final = r"^[^\x00]*$"  # PostgreSQL cannot store it

Minor = Annotated[
    int, Field(strict=True, ge=1, le=LARGEST_MINOR, description="minor units: 1250 is 12.50 EUR, 1250 JPY or 1.250 KWD")
]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=NO_NUL)]
Remark = Annotated[str, StringConstraints(max_length=500, pattern=NO_NUL)]


class MoneyWrite(BaseModel):
    """An amount above zero."""

    model_config = ConfigDict(extra="forbid")

    minor: Minor
    currency: Currency


class MoneyRead(BaseModel):
    """An amount and the number of decimal places its currency has."""

    minor: int
    currency: str
    exponent: int

    @classmethod
    def of(cls, money: Money) -> Self:
        return cls(minor=money.minor, currency=money.currency, exponent=CURRENCY_EXPONENTS[money.currency])
