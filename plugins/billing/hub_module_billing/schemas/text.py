"""The kinds of text and numbers the bodies share. Control characters are refused: PostgreSQL cannot store NUL."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from ..money import LARGEST_MINOR

_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_ONE_LINE)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=_ONE_LINE)]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20, pattern=_ONE_LINE)]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")
]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$")]
Gateway = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=_ONE_LINE)]
VatId = Annotated[str, StringConstraints(strip_whitespace=True, max_length=30, pattern=_ONE_LINE)]

Minor = Annotated[
    int, Field(ge=-LARGEST_MINOR, le=LARGEST_MINOR, description="In the currency's minor unit: cents for EUR")
]
Quantity = Annotated[Decimal, Field(max_digits=10, decimal_places=4, examples=["1", "2.5"])]

PlainDecimal = Annotated[Decimal, PlainSerializer(lambda value: f"{value.normalize():f}", return_type=str)]
"""A decimal written without trailing zeros or exponent, as text, so that no reader turns it into a binary float."""


class Received(BaseModel):
    """A body: unknown keys are refused, because a misspelt one would be lost silently."""

    model_config = ConfigDict(extra="forbid")


class Answered(BaseModel):
    model_config = ConfigDict(from_attributes=True)
