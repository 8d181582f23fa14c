"""Static files of the hub and of its live modules."""

from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.requests import Request
from hub_hookspecs.web import public
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from .hub_of import CurrentHub

router = APIRouter(prefix="/static", dependencies=[public()], include_in_schema=False)

_OWN = StaticFiles(directory=Path(__file__).parents[1] / "static")
_OF_MODULES: dict[Path, StaticFiles] = {}


@router.api_route("/hub/{path:path}", methods=["GET", "HEAD"])
async def hub_file(path: str, request: Request) -> Response:
    """One file of the hub's own pages."""
    return await _OWN.get_response(path, request.scope)


@router.api_route("/modules/{name}/{path:path}", methods=["GET", "HEAD"])
async def module_file(name: str, path: str, request: Request, hub: CurrentHub) -> Response:
    """One file of a module's ``static/`` folder."""
    live = hub.modules.get(name)
    folder = live.found.folder / "static" if live is not None and live.failure is None else None
    if folder is None or not folder.is_dir():
        raise HTTPException(404)
    files = _OF_MODULES.setdefault(folder, StaticFiles(directory=folder))
    return await files.get_response(path, request.scope)
