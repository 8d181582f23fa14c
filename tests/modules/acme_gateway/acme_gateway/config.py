"""Settings of this module: ``[modules.acme_pay.settings]``."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Settings(BaseModel):
    """The contract with Acme."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str = Field("demo", pattern="^[a-z0-9-]{1,40}$")
    secret: SecretStr | None = None
    declines_above: int = 1_000_000
