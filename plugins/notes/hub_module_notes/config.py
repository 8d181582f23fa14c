"""Settings of notes: ``[modules.notes.settings]`` in hub.toml, or ``HUB_MODULES__NOTES__MAX_LENGTH``."""

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """What an operator decides about notes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_length: int = Field(10_000, ge=1, le=1_000_000)
    """How many characters the text of a note may have."""
