"""Pages of a list by key: identifiers are time-ordered, so the newest come first and no row is skipped or shown twice."""

from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute


class _Identified(Protocol):
    @property
    def id(self) -> UUID: ...


Row = TypeVar("Row", bound=_Identified)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset:
    """At most ``limit`` rows, those older than ``after``."""

    limit: int
    after: UUID | None = None


async def page_of(
    session: AsyncSession, statement: Select[Row], key: InstrumentedAttribute[UUID], keyset: Keyset
) -> tuple[list[Row], UUID | None]:
    """The rows of one page, and the key to ask for the next with; ``None`` when this is the last."""
    if keyset.after is not None:
        statement = statement.where(key < keyset.after)
    rows = list((await session.scalars(statement.order_by(key.desc()).limit(keyset.limit + 1))).all())
    shown = rows[: keyset.limit]
    return shown, shown[-1].id if len(rows) > keyset.limit else None
