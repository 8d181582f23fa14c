"""Notes: write, list, read, change and delete them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from hub_hookspecs.web import CurrentPrincipal, Session, module_settings, requires

from ...config import Settings
from ...schemas import NoteChange, NoteFilter, NotePage, NoteRead, NoteWrite
from ...services.notes import changed, note_of, notes, written

router = APIRouter(prefix="/notes", tags=["notes"])

NotesSettings = Annotated[Settings, Depends(module_settings)]


@router.get("", dependencies=[requires("notes.note.read")])
async def list_notes(session: Session, wanted: Annotated[NoteFilter, Query()]) -> NotePage:
    """List notes, newest first."""
    page, following = await notes(session, wanted)
    return NotePage(items=[NoteRead.model_validate(note) for note in page], next=following)


@router.post("", status_code=201, dependencies=[requires("notes.note.write")])
async def create_note(
    session: Session, settings: NotesSettings, principal: CurrentPrincipal, wanted: NoteWrite
) -> NoteRead:
    """Write a note."""
    return NoteRead.model_validate(await written(session, settings, wanted, principal.id))


@router.get("/{note_id}", dependencies=[requires("notes.note.read")])
async def get_note(session: Session, note_id: UUID) -> NoteRead:
    """Read a note."""
    return NoteRead.model_validate(await note_of(session, note_id))


@router.patch("/{note_id}", dependencies=[requires("notes.note.write")])
async def change_note(session: Session, settings: NotesSettings, note_id: UUID, wanted: NoteChange) -> NoteRead:
    """Change the title or the text."""
    return NoteRead.model_validate(await changed(session, settings, note_id, wanted))


@router.delete("/{note_id}", status_code=204, dependencies=[requires("notes.note.write")])
async def delete_note(session: Session, note_id: UUID) -> None:
    """Delete a note."""
    await session.delete(await note_of(session, note_id))
    await session.flush()
