"""Write, find, change and delete notes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..config import Settings
from ..exceptions import NoteUnknown, TextTooLong
from ..models import Note
from ..schemas import NoteChange, NoteFilter, NoteWrite


def check_length(text: str, settings: Settings) -> None:
    """Refuse a text longer than the settings allow."""
    if len(text) > settings.max_length:
        raise TextTooLong(len(text), settings.max_length)


async def notes(session: AsyncSession, wanted: NoteFilter) -> tuple[Sequence[Note], UUID | None]:
    """One page, newest first, and the id to continue after; ``None`` on the last page."""
    query = select(Note).order_by(Note.id.desc()).limit(wanted.limit + 1)
    if wanted.author is not None:
        query = query.where(Note.author == wanted.author)
    if wanted.after is not None:
        query = query.where(Note.id < wanted.after)
    found = (await session.scalars(query)).all()
    page = found[: wanted.limit]
    return page, page[-1].id if len(found) > wanted.limit else None


async def note_of(session: AsyncSession, note_id: UUID) -> Note:
    """The note with this id, or :class:`NoteUnknown`."""
    found = await session.get(Note, note_id)
    if found is None:
        raise NoteUnknown(note_id)
    return found


async def written(session: AsyncSession, settings: Settings, wanted: NoteWrite, author: str) -> Note:
    """A new note."""
    check_length(wanted.text, settings)
    note = Note(title=wanted.title, text=wanted.text, author=author)
    session.add(note)
    await session.flush()
    return note


async def changed(session: AsyncSession, settings: Settings, note_id: UUID, wanted: NoteChange) -> Note:
    """The note after the change."""
    note = await note_of(session, note_id)
    if wanted.text is not None:
        check_length(wanted.text, settings)
        note.text = wanted.text
    if wanted.title is not None:
        note.title = wanted.title
    await session.flush()
    return note
