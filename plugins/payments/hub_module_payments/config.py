"""Settings of payments: ``[modules.payments.settings]`` in hub.toml, or ``HUB_MODULES__PAYMENTS__…``."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from .interface import CURRENCY_EXPONENTS


def _known(code: str) -> str:
    if code not in CURRENCY_EXPONENTS:
        raise ValueError(f"{code!r} is not a currency code of ISO 4217, such as EUR, JPY or KWD")
    return code


class Settings(BaseModel):
    """What an operator decides about payments."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default_gateway: str = Field("manual", min_length=1, max_length=63)
    """The gateway of intents that name none."""

    currencies: tuple[Annotated[str, AfterValidator(_known)], ...] = ()
    """The currencies new intents may have; empty for all of ISO 4217."""
