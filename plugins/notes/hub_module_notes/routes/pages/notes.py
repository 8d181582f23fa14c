"""The page at ``/notes`` that lists them."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.requests import Request
from fastapi.responses import HTMLResponse
from hub_hookspecs.web import Session, page, requires

from ...schemas import NoteFilter
from ...services.notes import notes

router = APIRouter(dependencies=[requires("notes.note.read")])


@router.get("", response_class=HTMLResponse, name="notes_page")
async def show_notes(request: Request, session: Session, wanted: Annotated[NoteFilter, Query()]) -> HTMLResponse:
    """Notes, newest first."""
    found, following = await notes(session, wanted)
    older = request.url.include_query_params(after=following) if following else None
    return page(request, "list.html", {"notes": found, "older": older})
