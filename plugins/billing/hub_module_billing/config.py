"""The settings of billing. Every one has a default, so that the module runs before anybody has configured it."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from . import money


def _known_currency(code: str) -> str:
    money.exponent(code)
    return code


Currency = Annotated[str, AfterValidator(_known_currency), Field(description="ISO 4217 code", examples=["EUR"])]
TaxRate = Annotated[
    Decimal, Field(ge=0, le=1, decimal_places=5, description="As a fraction: 0.19 is 19 %", examples=["0.19"])
]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code", examples=["DE"])]
AddressLine = Annotated[str, Field(min_length=1, max_length=200)]


class Seller(BaseModel):
    """Who the invoices are from. The words on an invoice are these at the moment it was issued."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    address: tuple[AddressLine, ...] = Field(min_length=1, max_length=6)
    country: Country
    vat_id: str = Field(default="", max_length=30)
    email: str = Field(default="", max_length=254)
    payment_details: tuple[AddressLine, ...] = Field(
        default=(), max_length=6, description="How to pay by transfer: IBAN, BIC, name of the bank"
    )


class Settings(BaseModel):
    """``[modules.billing.settings]`` of hub.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: Currency = "EUR"
    tax_rate: TaxRate = Decimal("0.19")
    invoice_prefix: str = Field(default="INV-", max_length=20, pattern=r"^[A-Za-z0-9/._-]*$")
    first_number: int = Field(
        default=1, ge=1, le=10**9, description="Of the year's first invoice, when billing is installed during a year"
    )
    payment_days: int = Field(default=14, ge=0, le=365, description="Days from issue until an invoice is due")
    seller: Seller | None = Field(
        default=None, description="Without one, invoices can be issued, but each says that it names no seller"
    )
