"""Settings of billing_reminders: ``[modules.billing_reminders.settings]`` in hub.toml."""

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """What an operator decides about reminders."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    highest_level: int = Field(3, ge=1, le=9)
    """How often a customer is reminded of one invoice at most."""
