"""``/``: what runs here and where to go, for a person."""

from fastapi import APIRouter, Response
from fastapi.requests import Request
from fastapi.responses import HTMLResponse
from hub_hookspecs import CONTRACT_VERSION
from hub_hookspecs.web import page, public

from .hub_of import CurrentCall, CurrentHub
from .modules import MODULES_READ

router = APIRouter(dependencies=[public()], include_in_schema=False)

PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@router.get("/favicon.ico")
async def icon() -> Response:
    """No icon, said without an error: browsers ask for one on pages that name none."""
    return Response(status_code=204)


@router.get("/")
async def home(request: Request, hub: CurrentHub, call: CurrentCall) -> HTMLResponse:
    """The modules and their states for who may see them; an invitation to sign in for all others."""
    lines = hub.listing() if call.principal.allows(MODULES_READ) else None
    values = {"lines": lines, "contract": CONTRACT_VERSION}
    return page(request, "hub/home.html", values, headers={"Content-Security-Policy": PAGE_POLICY})
