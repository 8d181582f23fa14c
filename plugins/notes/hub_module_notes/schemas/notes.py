"""Notes as the HTTP API takes and gives them."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

NO_NUL: Final = r"^[^\x00]*$"  # PostgreSQL cannot store it

Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]
Text = Annotated[str, StringConstraints(pattern=NO_NUL)]


class NoteWrite(BaseModel):
    """A new note."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    text: Text = ""


class NoteChange(BaseModel):
    """What to change; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    text: Text | None = None


class NoteRead(BaseModel):
    """A note."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    text: str
    author: str
    created_at: datetime
    updated_at: datetime


class NoteFilter(BaseModel):
    """The query of the list: which notes, and which part of them, newest first."""

    model_config = ConfigDict(extra="forbid")

    author: Annotated[str, StringConstraints(max_length=255, pattern=NO_NUL)] | None = None
    after: UUID | None = Field(None, description="the `next` of the page before")
    limit: int = Field(50, ge=1, le=200)


class NotePage(BaseModel):
    """One page of notes. Give ``next`` as ``after`` for the page that follows; ``null`` on the last."""

    items: list[NoteRead]
    next: UUID | None
