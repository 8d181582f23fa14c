"""One note."""

from datetime import UTC, datetime
from uuid import UUID

from hub_hookspecs import uuid7
from hub_hookspecs.database import TenantScoped, UtcDateTime
from sqlalchemy import Index, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from .declarative import Base


class Note(TenantScoped, Base):
    """A title, a text, and who wrote it."""

    __tablename__ = "notes_note"
    __table_args__ = (Index(None, "author", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(255), default="", server_default=sql("''"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))
    updated_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=lambda: datetime.now(UTC), onupdate=lambda: datetime.now(UTC)
    )
